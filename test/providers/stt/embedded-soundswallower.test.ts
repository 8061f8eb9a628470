import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import {
  createEmbeddedSoundswallower,
  type EmbeddedSoundswallowerOptions,
} from '../../../src/providers/stt/embedded-soundswallower.ts';
import type { SttConnection } from '../../../src/providers/stt/stt.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { sttConforms } from '../conformance/stt.ts';
import { SttLog } from '../support/events.ts';
import { spoken } from '../support/speech.ts';
import { spawnDeaf, WorkerWatch } from '../support/workers.ts';

const PHRASES = [
  'turn on the light',
  'turn on the light in the kitchen',
  'tell me a joke',
  'what time is it',
  'good morning everyone',
  'roll the dice please',
];
const ANN = { id: '1', name: 'Ann' };
const never = new AbortController().signal;

const create = (more: Partial<EmbeddedSoundswallowerOptions> = {}) =>
  createEmbeddedSoundswallower({ clock: systemClock, log: silentLog, phrases: PHRASES, ...more });

sttConforms('The embedded recogniser', () => ({
  create,
  first: { pcm: spoken('tell me a joke'), words: 'tell me a joke' },
  second: { pcm: spoken('what time is it', 'rms'), words: 'what time is it' },
}));

describe('The embedded recogniser', () => {
  let connection: SttConnection;
  beforeAll(async () => {
    connection = await create().connect(never);
  });
  afterAll(async () => {
    await connection.close();
  });

  it('does not understand speech outside its phrases', async () => {
    const log = new SttLog();
    const recogniser = connection.openRecogniser(ANN, log.listener);
    recogniser.write(spoken('banana bread needs ripe bananas and butter'));
    expect(await log.final(recogniser.commit())).toMatchObject({ understood: false });
    recogniser.close();
  });

  it('calls a phrase finished only when it is whole and none goes on from it', async () => {
    const log = new SttLog();
    const recogniser = connection.openRecogniser(ANN, log.listener);
    recogniser.write(spoken('turn on the light in the kitchen'));
    await log.interim(({ finished }) => finished === true);
    await log.final(recogniser.commit());
    const told = log.events.filter((event) => event.type === 'interim');
    expect(told.find(({ text }) => text === 'turn on the light')).toMatchObject({ finished: false });
    expect(told.at(-1)).toMatchObject({ text: 'turn on the light in the kitchen', finished: true });
    expect(told.filter(({ finished }) => finished)).toHaveLength(1);
    recogniser.close();
  });

  it('joins a phrase that is broken by a pause', async () => {
    const log = new SttLog();
    const recogniser = connection.openRecogniser(ANN, log.listener);
    recogniser.write(spoken('roll the'));
    recogniser.write(new Int16Array(8_000));
    recogniser.write(spoken('dice please'));
    expect(await log.final(recogniser.commit())).toMatchObject({
      text: 'roll the dice please',
      understood: true,
    });
    recogniser.close();
  });

  it('refuses one speaker too many, with a remedy, and takes them once another left', async () => {
    const crowded = await create({ maxSpeakers: 1 }).connect(never);
    const first = crowded.openRecogniser(ANN, () => {});
    const refused = new SttLog();
    const second = crowded.openRecogniser({ id: '2', name: 'Ben' }, refused.listener);
    expect(await refused.failure()).toMatchObject({ code: 'STT_TOO_MANY_SPEAKERS', retryable: true });
    second.close();
    first.close();
    const log = new SttLog();
    const third = crowded.openRecogniser({ id: '2', name: 'Ben' }, log.listener);
    third.write(spoken('tell me a joke'));
    expect(await log.final(third.commit())).toMatchObject({ understood: true });
    await crowded.close();
  });

  it('hears many speakers one after another with the same decoders', async () => {
    for (const voice of ['slt', 'awb', 'rms', 'slt', 'awb', 'rms'] as const) {
      const log = new SttLog();
      const recogniser = connection.openRecogniser(ANN, log.listener);
      recogniser.write(spoken('good morning everyone', voice));
      expect(await log.final(recogniser.commit())).toMatchObject({ text: 'good morning everyone' });
      recogniser.close();
    }
  });

  it('does not start with a word that its dictionary lacks', async () => {
    const stt = create({ phrases: ['hello qwertyish world'] });
    await expect(stt.connect(never)).rejects.toMatchObject({
      name: 'ParleyError',
      message: expect.stringContaining('qwertyish'),
      remedy: expect.stringMatching(/./),
    });
  });
});

describe('The embedded recogniser, when its worker dies', () => {
  it('tells every speaker once, with a remedy, and works again when reopened', async () => {
    const watch = new WorkerWatch();
    const connection = await create({ spawn: watch.spawn }).connect(never);
    const logs = [new SttLog(), new SttLog()];
    const recognisers = logs.map((log) => connection.openRecogniser(ANN, log.listener));
    await watch.killNewest();
    for (const log of logs) {
      expect(await log.failure()).toMatchObject({
        code: 'STT_WORKER_DIED',
        remedy: expect.stringMatching(/./),
      });
    }
    // Whatever is asked of a dead one is answered by its error, never by nothing.
    recognisers[0]!.write(spoken('tell me a joke'));
    const asked = logs[0]!.events.length;
    recognisers[0]!.commit();
    await Promise.resolve();
    expect(logs[0]!.events.slice(asked)).toMatchObject([{ type: 'error' }]);
    for (const recogniser of recognisers) recogniser.close();

    const log = new SttLog();
    const reopened = connection.openRecogniser(ANN, log.listener);
    reopened.write(spoken('tell me a joke'));
    expect(await log.final(reopened.commit())).toMatchObject({ text: 'tell me a joke', understood: true });
    expect(watch.workers).toHaveLength(2);
    await connection.close();
  });

  it('fails a commit that gets no answer in time, and starts a new worker', async () => {
    const clock = new VirtualClock();
    const watch = new WorkerWatch();
    const connection = await create({ clock, spawn: watch.spawn }).connect(never);
    // From here on the worker is given nothing.
    watch.workers[0]!.postMessage = () => {};
    const log = new SttLog();
    const recogniser = connection.openRecogniser(ANN, log.listener);
    recogniser.write(new Int16Array(320));
    await clock.advance(20);
    recogniser.commit();
    await clock.advance(1_499);
    expect(log.events).toEqual([]);
    await clock.advance(1);
    expect(await log.failure()).toMatchObject({
      retryable: true,
      message: expect.stringContaining('1500 ms'),
    });
    expect(watch.workers).toHaveLength(2);
    await connection.close();
  });

  it('gives audio that was written at once the time to be decoded', async () => {
    const clock = new VirtualClock();
    const watch = new WorkerWatch();
    const connection = await create({ clock, spawn: watch.spawn }).connect(never);
    watch.workers[0]!.postMessage = () => {};
    const log = new SttLog();
    const recogniser = connection.openRecogniser(ANN, log.listener);
    recogniser.write(new Int16Array(16_000 * 5));
    recogniser.commit();
    await clock.advance(6_499);
    expect(log.events).toEqual([]);
    await clock.advance(1);
    await log.failure();
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
