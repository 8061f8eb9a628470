import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { concatPcm } from '../../../src/audio/pcm.ts';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { type Log, silentLog } from '../../../src/base/log.ts';
import { createElevenLabsHttp } from '../../../src/providers/tts/elevenlabs-http.ts';
import { createElevenLabsSocket } from '../../../src/providers/tts/elevenlabs-socket.ts';
import { createFallbackVoice } from '../../../src/providers/tts/fallback-voice.ts';
import type { TtsChunk, TtsConnection } from '../../../src/providers/tts/tts.ts';
import { type LogLine, recordingLog } from '../../support/recording-log.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { ELEVENLABS_KEY, ELEVENLABS_VOICE, LocalElevenLabs } from '../../support/vendors/elevenlabs.ts';
import { toneFor } from '../../support/vendors/tone-voice.ts';
import { settle } from '../../support/virtual-clock.ts';
import { chunksOf, ttsConforms } from '../conformance/tts.ts';

const never = new AbortController().signal;
const account = { log: silentLog, apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE };

function create(vendor: LocalElevenLabs, clock: Clock, log: Log = silentLog) {
  const options = { ...account, clock, baseUrl: vendor.baseUrl };
  const [first, second] = [createElevenLabsSocket(options), createElevenLabsHttp(options)];
  return createFallbackVoice({ clock, log, first, second });
}

describe('with a local ElevenLabs', () => {
  let vendor: LocalElevenLabs;
  beforeAll(async () => {
    vendor = await LocalElevenLabs.start();
  });
  afterAll(async () => {
    await vendor.stop();
  });

  ttsConforms('A voice with two ways', () => create(vendor, systemClock));
});

describe('A voice with two ways', { tags: ['fault'] }, () => {
  let vendor: LocalElevenLabs;
  let clock: SkippingClock;
  let connection: TtsConnection | null;
  beforeEach(async () => {
    clock = new SkippingClock();
    vendor = await LocalElevenLabs.start({}, clock);
    connection = null;
  });
  afterEach(async () => {
    await connection?.close();
    await vendor.deserted();
    expect(clock.pending).toBe(0);
    await vendor.stop();
  });

  function say(...clauses: string[]) {
    const reply = connection!.reply('draft');
    for (const clause of clauses) reply.speak(clause);
    reply.end();
    return reply;
  }

  const asked = () => vendor.requests.filter(({ path, body }) => path.endsWith('/stream') && body !== '');
  const lengthOf = (chunks: readonly TtsChunk[]) => concatPcm(chunks.map(({ pcm }) => pcm)).length;
  const lasts = (chunks: readonly TtsChunk[]) => chunks.flatMap(({ clause, last }) => (last ? [clause] : []));

  it('speaks the first way alone as long as that is well', async () => {
    connection = await create(vendor, clock).connect(never);
    expect(lengthOf(await chunksOf(say('Yes,', 'of course.')))).toBe(toneFor('Yes, of course. ').length);
    expect(asked()).toEqual([]);
  });

  it('goes on the second way from the clause that the first failed at', async () => {
    const how = { error: 'system_busy', code: 1013 };
    vendor.faults = { clause: (n) => (n === 1 ? { breakAfter: { messages: 0, how } } : {}) };
    connection = await create(vendor, clock).connect(never);
    const chunks = await chunksOf(say('One moment,', 'here it is,', 'as you wished.'));
    expect(lasts(chunks)).toEqual([0, 1, 2]);
    expect(asked().map(({ body }) => (JSON.parse(body) as { text: string }).text)).toEqual([
      'here it is,',
      'as you wished.',
    ]);
  });

  it('goes on the second way when the first is late, and drops what that still sends', async () => {
    vendor.faults = { clause: () => ({ firstAudioMs: 5_000 }) };
    const lines: LogLine[] = [];
    connection = await create(
      vendor,
      clock,
      recordingLog(lines, () => undefined),
    ).connect(never);
    const reply = connection.reply('draft');
    reply.speak('Here I am.');
    const chunks = chunksOf(reply);
    await vendor.until(() => vendor.messages.some(({ flush }) => flush));
    await clock.skip(790);
    expect(asked()).toEqual([]);
    await clock.skip(10);
    // The draft is not over: only one that was given up is closed.
    for (let round = 0; round < 100; round++) await settle();
    expect(vendor.messages.filter(({ close_context: close }) => close)).toHaveLength(1);
    reply.end();
    expect(lengthOf(await chunks)).toBe(toneFor('Here I am.').length);
    expect(asked()).toHaveLength(1);
    expect(lines).toMatchObject([{ msg: 'the second way to the voice goes on', err: { code: 'TTS_LATE' } }]);
  });

  it('fails a clause that is cut off in the middle, and one that neither can speak', async () => {
    const stall = { breakAfter: { messages: 1, how: 'terminate' as const } };
    vendor.faults = { clause: (n) => (n === 0 ? stall : { silent: true }) };
    connection = await create(vendor, clock).connect(never);
    await expect(chunksOf(say('This is a long clause.'))).rejects.toMatchObject({
      code: 'TTS_CONNECTION_LOST',
    });
    vendor.faults = { ...vendor.faults, stream: () => ({ refuse: { status: 401, word: 'quota_exceeded' } }) };
    const failed = expect(chunksOf(say('Nobody says this.'))).rejects.toMatchObject({ code: 'TTS_QUOTA' });
    await settle();
    await clock.skip(800);
    await failed;
  });

  it('connects as long as one way is open, and tries the other again', async () => {
    const refuse = { status: 429, word: 'system_busy' };
    vendor.faults = { socket: (n) => (n < 2 ? { refuse } : {}) };
    connection = await create(vendor, clock).connect(never);
    expect(lasts(await chunksOf(say('Yes.')))).toEqual([0]);
    expect(asked()).toHaveLength(1);
    connection.warm();
    expect(vendor.handshakes).toBe(1);
    for (const expected of [2, 3]) {
      await clock.skip(10_000);
      connection.warm();
      await vendor.until(() => vendor.handshakes === expected);
      for (let round = 0; round < 50; round++) await settle();
    }
    await vendor.until(() => vendor.sockets.size === 1);
    for (let round = 0; round < 50; round++) await settle();
    expect(lasts(await chunksOf(say('Yes.')))).toEqual([0]);
    expect(asked()).toHaveLength(1);
  });

  it('does not connect with a key that is refused, nor when both ways are closed', async () => {
    vendor.faults = { socket: () => ({ refuse: { status: 401, word: 'invalid_api_key' } }) };
    await expect(create(vendor, clock).connect(never)).rejects.toMatchObject({ code: 'TTS_KEY' });
    await vendor.deserted();
    const options = { ...account, clock, baseUrl: 'http://127.0.0.1:1' };
    const [first, second] = [createElevenLabsSocket(options), createElevenLabsHttp(options)];
    const neither = createFallbackVoice({ clock, log: silentLog, first, second });
    await expect(neither.connect(never)).rejects.toMatchObject({ code: 'TTS_UNREACHABLE' });
  });
});
