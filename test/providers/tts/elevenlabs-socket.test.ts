import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { concatPcm } from '../../../src/audio/pcm.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { ElevenLabsVoiceOptions } from '../../../src/providers/tts/elevenlabs/options.ts';
import { createElevenLabsSocket } from '../../../src/providers/tts/elevenlabs-socket.ts';
import type { TtsChunk, TtsConnection } from '../../../src/providers/tts/tts.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../../support/vendors/elevenlabs.ts';
import { toneFor } from '../../support/vendors/tone-voice.ts';
import { settle } from '../../support/virtual-clock.ts';
import { chunksOf } from '../conformance/tts.ts';

const never = new AbortController().signal;

let clock: SkippingClock;
let vendor: LocalElevenLabs;
beforeEach(async () => {
  clock = new SkippingClock();
  vendor = await LocalElevenLabs.start({}, clock);
});
afterEach(async () => {
  await vendor.stop();
});

const create = (more: Partial<ElevenLabsVoiceOptions> = {}) =>
  createElevenLabsSocket({
    ...{ clock, log: silentLog, apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE },
    baseUrl: vendor.baseUrl,
    ...more,
  });

function say(connection: TtsConnection, ...clauses: string[]) {
  const reply = connection.reply('draft');
  for (const clause of clauses) reply.speak(clause);
  reply.end();
  return reply;
}

const pcmOf = (chunks: readonly TtsChunk[], clause: number) =>
  concatPcm(chunks.filter((chunk) => chunk.clause === clause).map(({ pcm }) => pcm));

const wordsOf = (chunks: readonly TtsChunk[], clause: number) =>
  chunks.filter((chunk) => chunk.clause === clause).flatMap(({ words = [] }) => words);

const sent = (field: string) => vendor.messages.filter((message) => field in message);

describe('ElevenLabs over its socket', () => {
  it('asks as the vendor documents it', async () => {
    const connection = await create({
      language: 'en',
      settings: { stability: 0.4, similarityBoost: 0.8 },
    }).connect(never);
    await chunksOf(say(connection, 'Yes,', 'of course.'));
    const [handshake] = vendor.requests;
    expect(handshake!.path).toBe(`/v1/text-to-speech/${ELEVENLABS_VOICE}/multi-stream-input`);
    expect(handshake!.headers['xi-api-key']).toBe(ELEVENLABS_KEY);
    expect(Object.fromEntries(handshake!.query)).toEqual({
      ...{ model_id: 'eleven_flash_v2_5', output_format: 'pcm_24000', language_code: 'en' },
      ...{ inactivity_timeout: '180', sync_alignment: 'true' },
    });
    expect(vendor.messages).toEqual([
      { text: ' ', context_id: 'draft-1', voice_settings: { stability: 0.4, similarity_boost: 0.8 } },
      { text: 'Yes, ', context_id: 'draft-1', flush: true },
      { text: 'of course. ', context_id: 'draft-1', flush: true },
      { context_id: 'draft-1', close_context: true },
    ]);
    await connection.close();
  });

  it('tells each clause its own audio and the times of its words', async () => {
    const connection = await create().connect(never);
    const chunks = await chunksOf(say(connection, 'All right,', 'here we go.'));
    expect(pcmOf(chunks, 0)).toEqual(toneFor('All right, '));
    expect(pcmOf(chunks, 1)).toEqual(toneFor('here we go. '));
    expect(wordsOf(chunks, 0)).toEqual([
      { text: 'All', startMs: 0, endMs: 150 },
      { text: 'right,', startMs: 200, endMs: 500 },
    ]);
    expect(wordsOf(chunks, 1)).toEqual([
      { text: 'here', startMs: 0, endMs: 200 },
      { text: 'we', startMs: 250, endMs: 350 },
      { text: 'go.', startMs: 400, endMs: 550 },
    ]);
    await connection.close();
  });

  it.each(['normalized', 'charsDurationsMs'] as const)('reads times told as %s', async (alignment) => {
    vendor.faults = { clause: () => ({ alignment }) };
    const connection = await create().connect(never);
    const chunks = await chunksOf(say(connection, 'Well then,', 'good night.'));
    expect(wordsOf(chunks, 1).map(({ text }) => text)).toEqual(['good', 'night.']);
    expect(pcmOf(chunks, 0)).toEqual(toneFor('Well then, '));
    await connection.close();
  });

  it('estimates clauses where no times are told, and loses no audio', async () => {
    vendor.faults = { clause: () => ({ alignment: 'none' }) };
    const connection = await create().connect(never);
    const chunks = await chunksOf(
      say(connection, 'This is the first clause,', 'and this is the second one.'),
    );
    expect(wordsOf(chunks, 0)).toEqual([]);
    const whole = concatPcm([toneFor('This is the first clause, '), toneFor('and this is the second one. ')]);
    expect(concatPcm([pcmOf(chunks, 0), pcmOf(chunks, 1)])).toEqual(whole);
    expect(pcmOf(chunks, 0).length / whole.length).toBeCloseTo(0.5, 0);
    expect(pcmOf(chunks, 1).length).toBeGreaterThan(0);
    expect(chunks.filter(({ last }) => last).map(({ clause }) => clause)).toEqual([0, 1]);
    await connection.close();
  });

  it('joins samples that were split, and leaves leading silence as it is', async () => {
    vendor.faults = { clause: () => ({ oddBytes: true, leadingSilenceMs: 200 }) };
    const connection = await create().connect(never);
    const chunks = await chunksOf(say(connection, 'Good morning to you.'));
    expect(pcmOf(chunks, 0)).toEqual(toneFor('Good morning to you. ', 200));
    expect(wordsOf(chunks, 0)[0]).toEqual({ text: 'Good', startMs: 200, endMs: 400 });
    await connection.close();
  });

  it('tells the end of a clause by the end of its flush where the service does', async () => {
    vendor.faults = { clause: () => ({ flushDone: true, alignment: 'none' }) };
    const connection = await create().connect(never);
    const reply = connection.reply('draft');
    reply.speak('One moment.');
    const audio = reply.audio[Symbol.asyncIterator]();
    let chunk = await audio.next();
    while (!chunk.value!.last) chunk = await audio.next();
    expect(clock.pending).toBeGreaterThan(0);
    reply.cancel();
    await connection.close();
  });

  it('tells clauses without a word as spoken, and asks for none of them', async () => {
    const connection = await create().connect(never);
    const chunks = await chunksOf(say(connection, '...', 'Now then.', ' - ', '!'));
    expect(chunks.filter(({ last }) => last).map(({ clause }) => clause)).toEqual([0, 1, 2, 3]);
    expect(sent('flush')).toHaveLength(1);
    await chunksOf(say(connection, '...'));
    expect(sent('flush')).toHaveLength(1);
    await connection.close();
  });

  it('opens no context for a draft that is never spoken', async () => {
    const connection = await create().connect(never);
    for (let i = 0; i < 10; i++) connection.reply(`draft ${i}`).cancel();
    await chunksOf(say(connection, 'Here I am.'));
    expect(sent('close_context')).toHaveLength(1);
    await connection.close();
  });

  it('closes the context of a cancelled draft, and drops what still comes of it', async () => {
    vendor.faults = { lateAudio: true, clause: (n) => (n === 0 ? { everyMs: 1 } : {}) };
    const connection = await create().connect(never);
    const reply = connection.reply('wrong');
    reply.speak('This was a wrong guess of what you said.');
    await reply.audio[Symbol.asyncIterator]().next();
    reply.cancel();
    const chunks = await chunksOf(say(connection, 'This is the answer.'));
    expect(pcmOf(chunks, 0)).toEqual(toneFor('This is the answer. '));
    expect(sent('close_context')).toMatchObject([{ context_id: 'draft-1' }, { context_id: 'draft-2' }]);
    await connection.close();
  });

  it('never opens more contexts than there may be, however fast drafts are cancelled', async () => {
    vendor.faults = { finalMs: 50, contextLimit: 5, clause: () => ({ firstAudioMs: 20 }) };
    const connection = await create().connect(never);
    for (let i = 0; i < 20; i++) {
      const reply = connection.reply(`draft ${i}`);
      reply.speak('This is a wrong guess.');
      await vendor.until(() => vendor.messages.length > 0);
      reply.cancel();
    }
    const chunks = await chunksOf(say(connection, 'This is the answer.'));
    expect(pcmOf(chunks, 0)).toEqual(toneFor('This is the answer. '));
    expect(vendor.handshakes).toBe(1);
    await connection.close();
  });

  it('lets a draft wait for its place in order', async () => {
    vendor.faults = { clause: () => ({ firstAudioMs: 30 }) };
    const connection = await create().connect(never);
    const replies = Array.from({ length: 9 }, (_, i) => say(connection, `Number ${i} is here.`));
    const all = await Promise.all(replies.map(chunksOf));
    expect(all.map((chunks) => pcmOf(chunks, 0).length)).toEqual(
      all.map((_, i) => toneFor(`Number ${i} is here. `).length),
    );
    expect(vendor.handshakes).toBe(1);
    await connection.close();
  });
});

describe('The socket of ElevenLabs, when it idles', () => {
  it('is kept alive by messages that name no context', async () => {
    const connection = await create().connect(never);
    await clock.skip(10_000);
    await vendor.until(() => vendor.messages.length === 1);
    expect(vendor.messages).toEqual([{ text: '' }]);
    await connection.close();
    await vendor.deserted();
    expect(clock.pending).toBe(0);
  });

  it('is replaced before the vendor may close it', async () => {
    const connection = await create().connect(never);
    const [first] = vendor.sockets;
    for (let s = 0; s < 150; s += 10) await clock.skip(10_000);
    await vendor.until(() => vendor.handshakes === 2 && vendor.sockets.size === 1);
    expect(vendor.sockets).not.toContain(first);
    expect(await chunksOf(say(connection, 'Still here.'))).not.toEqual([]);
    await connection.close();
  });

  it('is opened again when the vendor closes it', async () => {
    const connection = await create().connect(never);
    await clock.skip(6_000);
    for (const socket of vendor.sockets) socket.close(1008, 'input_timeout_exceeded');
    await vendor.until(() => vendor.handshakes === 2 && vendor.sockets.size === 1);
    expect(await chunksOf(say(connection, 'Still here.'))).not.toEqual([]);
    await connection.close();
    await vendor.deserted();
    expect(clock.pending).toBe(0);
  });

  it('is not opened again for ever', async () => {
    vendor.faults = { socket: (n) => (n === 0 ? {} : { closeAtOnce: { code: 1011, reason: 'broken' } }) };
    const connection = await create().connect(never);
    for (const socket of vendor.sockets) socket.terminate();
    for (let i = 0; i < 20; i++) {
      await clock.skip(1_000);
      // A new handshake takes a few rounds of the loop.
      for (let round = 0; round < 50; round++) await settle();
    }
    expect(vendor.handshakes).toBe(4);
    vendor.faults = {};
    connection.warm();
    expect(await chunksOf(say(connection, 'Here again.'))).not.toEqual([]);
    await connection.close();
  });
});
