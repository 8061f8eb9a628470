import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rmsDbfs, VOICED_DBFS } from '../../../src/audio/energy.ts';
import { concatPcm } from '../../../src/audio/pcm.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { createEmbeddedFlite, type EmbeddedFliteOptions } from '../../../src/providers/tts/embedded-flite.ts';
import type { TtsConnection } from '../../../src/providers/tts/tts.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { chunksOf, ttsConforms } from '../conformance/tts.ts';
import { spawnDeaf, WorkerWatch } from '../support/workers.ts';

const never = new AbortController().signal;

const create = (more: Partial<EmbeddedFliteOptions> = {}) =>
  createEmbeddedFlite({ clock: systemClock, log: silentLog, ...more });

function speak(connection: TtsConnection, ...clauses: string[]) {
  const reply = connection.reply('draft');
  for (const clause of clauses) reply.speak(clause);
  reply.end();
  return reply;
}

ttsConforms('The embedded voice', () => create());

describe('The embedded voice', () => {
  let connection: TtsConnection;
  let watch: WorkerWatch;
  beforeAll(async () => {
    watch = new WorkerWatch();
    connection = await create({ spawn: watch.spawn }).connect(never);
  });
  afterAll(async () => {
    await connection.close();
  });

  it('hands its sound on in pieces of at most 60 ms', async () => {
    const chunks = await chunksOf(speak(connection, 'This is a rather long clause to be spoken.'));
    expect(chunks.length).toBeGreaterThan(10);
    expect(Math.max(...chunks.map(({ pcm }) => pcm.length))).toBeLessThanOrEqual(960);
  });

  it('pauses no more than 150 ms between clauses', async () => {
    const chunks = await chunksOf(speak(connection, 'All right,', 'here we go,', 'hold on to your hat.'));
    const pcm = concatPcm(chunks.map((chunk) => chunk.pcm));
    const block = 160;
    let quiet = 0;
    let longest = 0;
    for (let at = 0; at + block <= pcm.length; at += block) {
      quiet = rmsDbfs(pcm, at, at + block) < VOICED_DBFS ? quiet + 10 : 0;
      longest = Math.max(longest, quiet);
    }
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThanOrEqual(150);
  });

  it('marks a clause without a word as spoken', async () => {
    const chunks = await chunksOf(speak(connection, '...', 'Now then.'));
    expect(chunks[0]).toEqual({ pcm: new Int16Array(0), clause: 0, last: true });
    expect(chunks.at(-1)).toMatchObject({ clause: 1, last: true });
  });

  it('never synthesises the clauses of a cancelled draft that still wait', async () => {
    const reply = connection.reply('draft');
    for (const clause of ['First.', 'Second.', 'Third.']) reply.speak(clause);
    reply.cancel();
    const before = watch.posted.length;
    await chunksOf(speak(connection, 'After that.'));
    const spoken = watch.posted.slice(before - 1) as { text: string }[];
    expect(spoken.map(({ text }) => text)).toEqual(['First.', 'After that.']);
  });

  it('shares one worker among connections, and stops it with the last', async () => {
    const own = new WorkerWatch();
    const tts = create({ spawn: own.spawn });
    const [one, two] = await Promise.all([tts.connect(never), tts.connect(never)]);
    expect(own.workers).toHaveLength(1);
    await one.close();
    expect((await chunksOf(speak(two, 'Still here.'))).length).toBeGreaterThan(0);
    await two.close();
    expect(own.workers[0]!.threadId).toBe(-1);
  });
});

describe('The embedded voice, when its worker dies', () => {
  it('fails what is being said, with a remedy, and speaks again', async () => {
    const watch = new WorkerWatch();
    const connection = await create({ spawn: watch.spawn }).connect(never);
    const reply = speak(connection, 'This is never heard.', 'Nor is this.');
    const failed = expect(chunksOf(reply)).rejects.toMatchObject({
      code: 'TTS_WORKER_DIED',
      remedy: expect.stringMatching(/./),
    });
    await watch.killNewest();
    await failed;
    const chunks = await chunksOf(speak(connection, 'Here I am again.'));
    expect(chunks.at(-1)).toMatchObject({ last: true });
    expect(watch.workers).toHaveLength(2);
    await connection.close();
  });

  it('fails a clause that gets no answer in time', async () => {
    const clock = new VirtualClock();
    const watch = new WorkerWatch();
    const connection = await create({ clock, spawn: watch.spawn }).connect(never);
    watch.workers[0]!.postMessage = () => {};
    const chunks = chunksOf(speak(connection, 'This is never heard.'));
    const failed = expect(chunks).rejects.toMatchObject({ message: expect.stringContaining('3000 ms') });
    await clock.advance(3_000);
    await failed;
    await connection.close();
  });

  it('gives up on a worker that never gets ready', async () => {
    const clock = new VirtualClock();
    const connecting = create({ clock, spawn: spawnDeaf }).connect(never);
    const failed = expect(connecting).rejects.toMatchObject({ name: 'ParleyError', retryable: true });
    await clock.advance(15_000);
    await failed;
  });
});
