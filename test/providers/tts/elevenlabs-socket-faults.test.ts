// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { concatPcm } from '../../../src/audio/pcm.ts';
import { silentLog } from '../../../src/base/log.ts';
import { createElevenLabsSocket } from '../../../src/providers/tts/elevenlabs-socket.ts';
import type { TtsChunk, TtsConnection, TtsReply } from '../../../src/providers/tts/tts.ts';
import { seededRandom } from '../../support/random.ts';
import { randomJson } from '../../support/random-json.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import {
  ELEVENLABS_KEY,
  ELEVENLABS_VOICE,
  type ElevenLabsFaults,
  LocalElevenLabs,
} from '../../support/vendors/elevenlabs.ts';
import { toneFor } from '../../support/vendors/tone-voice.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { chunksOf } from '../conformance/tts.ts';

const never = new AbortController().signal;

let clock: SkippingClock;
let vendor: LocalElevenLabs;
let connection: TtsConnection;
beforeEach(async () => {
  clock = new SkippingClock();
  vendor = await LocalElevenLabs.start({}, clock);
  const options = { clock, log: silentLog, apiKey: ELEVENLABS_KEY, voiceId: ELEVENLABS_VOICE };
  connection = await createElevenLabsSocket({ ...options, baseUrl: vendor.baseUrl }).connect(never);
});
afterEach(async () => {
  await connection.close();
  await vendor.deserted();
  expect(clock.pending).toBe(0);
  await vendor.stop();
});

function say(...clauses: string[]): TtsReply {
  const reply = connection.reply('draft');
  for (const clause of clauses) reply.speak(clause);
  reply.end();
  return reply;
}

const onlyFirst = (fault: ReturnType<NonNullable<ElevenLabsFaults['clause']>>): ElevenLabsFaults => ({
  clause: (n) => (n === 0 ? fault : {}),
});

const pcmOf = (chunks: readonly TtsChunk[]) => concatPcm(chunks.map(({ pcm }) => pcm));
const flushed = () => vendor.messages.filter(({ flush }) => flush).map(({ text }) => text);

describe('When the socket is lost', () => {
  it('asks once more for what nothing was heard of', async () => {
    vendor.faults = onlyFirst({ breakAfter: { messages: 0, how: 'terminate' } });
    expect(pcmOf(await chunksOf(say('Yes,', 'of course.')))).toEqual(toneFor('Yes, of course. '));
    expect(flushed().slice(-2)).toEqual(['Yes, ', 'of course. ']);
    expect(vendor.handshakes).toBe(2);
  });

  it('does not ask a third time', async () => {
    vendor.faults = { clause: () => ({ breakAfter: { messages: 0, how: 'terminate' } }) };
    await expect(chunksOf(say('Yes.'))).rejects.toMatchObject({ code: 'TTS_CONNECTION_LOST' });
    expect(flushed()).toEqual(['Yes. ', 'Yes. ']);
  });

  it('goes on with the next clause when the ones before were spoken', async () => {
    const reply = connection.reply('draft');
    reply.speak('One moment,');
    const chunks: TtsChunk[] = [];
    const audio = reply.audio[Symbol.asyncIterator]();
    while (!chunks.at(-1)?.last) chunks.push((await audio.next()).value as TtsChunk);
    for (const socket of vendor.sockets) socket.terminate();
    await vendor.until(() => vendor.handshakes === 2 && vendor.sockets.size === 1);
    reply.speak('here it is.');
    reply.end();
    for (let next = await audio.next(); !next.done; next = await audio.next()) chunks.push(next.value);
    expect(pcmOf(chunks)).toEqual(toneFor('One moment, here it is. '));
    expect(flushed()).toEqual(['One moment, ', 'here it is. ']);
  });

  it('asks only for the clause that nothing was heard of', async () => {
    vendor.faults = { clause: (n) => (n === 1 ? { breakAfter: { messages: 0, how: 'terminate' } } : {}) };
    expect(pcmOf(await chunksOf(say('One moment,', 'here it is.')))).toEqual(
      toneFor('One moment, here it is. '),
    );
    expect(flushed()).toEqual(['One moment, ', 'here it is. ', 'here it is. ']);
  });

  it('is opened again every time, as long as it speaks', async () => {
    for (let n = 1; n <= 6; n++) {
      expect(pcmOf(await chunksOf(say('Yes.')))).toEqual(toneFor('Yes. '));
      for (const socket of vendor.sockets) socket.terminate();
      await vendor.until(() => vendor.handshakes === n + 1 && vendor.sockets.size === 1);
    }
  });

  it('fails a clause that is cut off in the middle, and tells what was heard of it', async () => {
    vendor.faults = onlyFirst({ breakAfter: { messages: 2, how: 'terminate' } });
    const heard: TtsChunk[] = [];
    const reading = (async () => {
      for await (const chunk of say('This is a long clause.').audio) heard.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'TTS_CONNECTION_LOST', retryable: true });
    expect(heard.every(({ last }) => !last)).toBe(true);
  });

  it('tries again when the first new handshake is refused for a moment', async () => {
    vendor.faults = {
      ...onlyFirst({ breakAfter: { messages: 0, how: 'terminate' } }),
      socket: (n) => (n === 1 ? { refuse: { status: 429, word: 'system_busy' } } : {}),
    };
    expect(pcmOf(await chunksOf(say('Yes.')))).toEqual(toneFor('Yes. '));
    expect(vendor.handshakes).toBe(3);
  });

  it('does not try again with a key that is refused', async () => {
    vendor.faults = {
      ...onlyFirst({ breakAfter: { messages: 0, how: 'terminate' } }),
      socket: () => ({ refuse: { status: 401, word: 'invalid_api_key' } }),
    };
    await expect(chunksOf(say('Yes.'))).rejects.toMatchObject({ code: 'TTS_KEY' });
    await clock.skip(60_000);
    expect(vendor.handshakes).toBe(2);
  });

  it('opens a new one when the service counted too many contexts', async () => {
    vendor.faults = { contextLimit: 2, clause: () => ({ firstAudioMs: 5 }) };
    const replies = ['One.', 'Two.', 'Three.'].map((text) => say(text));
    const outcomes = await Promise.allSettled(replies.map(chunksOf));
    expect(vendor.handshakes).toBeGreaterThan(1);
    // The vendor closed the socket on all three; what was not begun is asked for once more, and then given up.
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'TTS_CONTEXTS' });
    vendor.faults = {};
    expect(pcmOf(await chunksOf(say('Here again.')))).toEqual(toneFor('Here again. '));
  });
});

describe('When the service complains', () => {
  it('fails the draft that it names, and no other', async () => {
    vendor.faults = onlyFirst({ breakAfter: { messages: 0, how: { error: 'voice_not_found', code: 1008 } } });
    const [failing, other] = [say('One.'), say('Two.')];
    await expect(chunksOf(failing)).rejects.toMatchObject({ code: 'TTS_VOICE', retryable: false });
    expect(pcmOf(await chunksOf(other))).toEqual(toneFor('Two. '));
    expect(vendor.handshakes).toBe(1);
  });

  it('fails every draft when it names none and trying again is of no use', async () => {
    const how = { error: 'quota_exceeded', contextLess: true };
    vendor.faults = {
      clause: (n) => (n === 0 ? { breakAfter: { messages: 0, how } } : { silent: true }),
    };
    const replies = [say('One.'), say('Two.')].map(chunksOf);
    for (const { status, ...rest } of await Promise.allSettled(replies)) {
      expect(status).toBe('rejected');
      expect(rest).toMatchObject({ reason: { code: 'TTS_QUOTA', retryable: false } });
    }
  });

  it('knows by the closing code and reason what is wrong', async () => {
    const how = { close: 1008, reason: 'quota_exceeded: no credits are left' };
    vendor.faults = onlyFirst({ breakAfter: { messages: 0, how } });
    await expect(chunksOf(say('One.'))).rejects.toMatchObject({ code: 'TTS_QUOTA' });
    expect(pcmOf(await chunksOf(say('Two.')))).toEqual(toneFor('Two. '));
  });

  it.each([
    ['key', 'sk_wrong', ELEVENLABS_VOICE, 'TTS_KEY'],
    ['voice', ELEVENLABS_KEY, 'notARealVoiceId', 'TTS_VOICE'],
  ])(
    'does not wait for the end of a socket on which the %s was refused',
    async (_, apiKey, voiceId, code) => {
      // Of this one the time stands still: it never closes the socket.
      const still = await LocalElevenLabs.start({}, new VirtualClock());
      const voice = createElevenLabsSocket({
        ...{ clock, log: silentLog, apiKey, voiceId, baseUrl: still.baseUrl },
      });
      // That of a key may come with the handshake, or just behind it.
      const saying = async () => {
        const refusing = await voice.connect(never);
        const refused: unknown[] = [];
        for (const words of ['One.', 'Two.']) {
          const reply = refusing.reply('draft');
          reply.speak(words);
          await chunksOf(reply).catch((error: unknown) => refused.push(error));
        }
        await refusing.close();
        expect(refused).toHaveLength(2);
        expect(refused[1]).toMatchObject({ code, retryable: false });
        throw refused[0];
      };
      await expect(saying()).rejects.toMatchObject({ code, retryable: false });
      await still.stop();
    },
  );

  it('gives up a draft of which nothing comes, and frees its place', async () => {
    vendor.faults = { clause: (n) => (n < 4 ? { silent: true } : {}) };
    const silent = [1, 2, 3, 4].map((n) => say(`Number ${n}.`));
    const failed = Promise.allSettled(silent.map(chunksOf));
    await vendor.until(() => flushed().length === 4);
    await clock.skip(3_000);
    for (const outcome of await failed)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'TTS_TIMEOUT' } });
    const waiting = chunksOf(say('Here I am.'));
    await clock.skip(2_900);
    await clock.skip(200);
    expect(pcmOf(await waiting)).toEqual(toneFor('Here I am. '));
  });

  it('does not fail an answer that was spoken and only not called final', async () => {
    vendor.faults = { finalMs: 1_000_000 };
    const chunks = chunksOf(say('All is said.'));
    await vendor.until(() => vendor.messages.some((message) => message.close_context));
    for (let s = 0; s < 8; s++) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.skip(500);
    }
    expect(pcmOf(await chunks)).toEqual(toneFor('All is said. '));
  });

  it('survives whatever it sends', async () => {
    const random = seededRandom(7);
    const fields = [
      'audio',
      'contextId',
      'context_id',
      'alignment',
      'normalizedAlignment',
      'isFinal',
      'type',
    ];
    const more = [
      'chars',
      'charStartTimesMs',
      'charDurationsMs',
      'error',
      'message',
      'code',
      'detail',
      'status',
    ];
    const [socket] = vendor.sockets;
    for (let i = 0; i < 2_000; i++) {
      const value = randomJson(random, [...fields, ...more]);
      // Errors of the whole socket are tested on their own.
      const message = { ...(value as object), error: 0, detail: 0 };
      socket!.send(i % 50 === 0 ? 'no json {' : JSON.stringify(i % 2 ? value : message));
    }
    expect(pcmOf(await chunksOf(say('Still here.')))).toEqual(toneFor('Still here. '));
  });
});
