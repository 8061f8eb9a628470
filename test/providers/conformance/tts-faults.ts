/** What every voice behind a network does when that network, or who is behind it, fails. */
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { concatPcm } from '../../../src/audio/pcm.ts';
import { ParleyError } from '../../../src/base/errors.ts';
import type { Log } from '../../../src/base/log.ts';
import type { TextToSpeech, TtsChunk, TtsConnection } from '../../../src/providers/tts/tts.ts';
import { seededRandom } from '../../support/random.ts';
import { type LogLine, recordingLog } from '../../support/recording-log.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { settle } from '../../support/virtual-clock.ts';

/** What befalls the first connection or the first clause; all after it goes well. */
export type VoiceFault =
  /** Too many requests, told before anything is spoken. */
  | 'busy'
  /** The key is wrong. */
  | 'key'
  /** The quota is spent, told instead of the audio. */
  | 'quota'
  /** The service is down, and says so with a page for people. */
  | 'down'
  /** The connection breaks in the middle of a clause. */
  | 'breaks'
  /** Nothing comes any more in the middle of a clause. */
  | 'stalls'
  /** Nothing comes at all. */
  | 'silent'
  /** Samples are split between pieces. */
  | 'split'
  /** The audio begins with 200 ms of zeros. */
  | 'quiet lead'
  /** Audio still comes of drafts that were closed. */
  | 'late'
  /** Everything takes its time, so that there are moments between. */
  | 'slow';

export interface LocalVoice {
  tts: TextToSpeech;
  /** Connections that the vendor sees. */
  connections(): number;
  /** Cuts them all. */
  kill(): void;
  stop(): Promise<void>;
}

export interface VoiceSetting {
  clock: SkippingClock;
  log: Log;
  fault: VoiceFault | null;
}

const SENTENCE = 'This is what I wanted to say,';
const REST = 'and this is the rest of it.';
const EXPECTED: Partial<Record<VoiceFault, { codes: string[]; retryable: boolean }>> = {
  busy: { codes: ['TTS_BUSY'], retryable: true },
  key: { codes: ['TTS_KEY'], retryable: false },
  quota: { codes: ['TTS_QUOTA'], retryable: false },
  down: { codes: ['TTS_BUSY'], retryable: true },
  breaks: { codes: ['TTS_CONNECTION_LOST'], retryable: true },
  stalls: { codes: ['TTS_TIMEOUT'], retryable: true },
  silent: { codes: ['TTS_TIMEOUT'], retryable: true },
};

/** @param secrets that no error and no line of the log may hold; nor what is spoken. */
export function ttsSurvives(
  name: string,
  start: (setting: VoiceSetting) => Promise<LocalVoice>,
  secrets: readonly string[],
): void {
  describe(`${name} survives its network`, { tags: ['fault'] }, () => {
    const never = new AbortController().signal;
    let running: LocalVoice | null = null;
    let lines: LogLine[];
    let clock: SkippingClock;

    async function begin(fault: VoiceFault | null): Promise<LocalVoice> {
      lines = [];
      clock = new SkippingClock();
      running = await start({ clock, log: recordingLog(lines, () => undefined), fault });
      return running;
    }

    afterEach(async () => {
      await running?.stop();
      running = null;
    });

    function speak(connection: TtsConnection, clauses = [SENTENCE, REST]): Promise<TtsChunk[]> {
      const reply = connection.reply('draft');
      for (const clause of clauses) reply.speak(clause);
      reply.end();
      return Array.fromAsync(reply.audio);
    }

    const pcmOf = (chunks: readonly TtsChunk[]) => concatPcm(chunks.map(({ pcm }) => pcm));

    async function undisturbed(): Promise<Int16Array> {
      const { tts } = await begin(null);
      const connection = await tts.connect(never);
      const pcm = pcmOf(await speak(connection));
      await connection.close();
      await running!.stop();
      return pcm;
    }

    async function nothingIsLeft(voice: LocalVoice): Promise<void> {
      for (let turns = 0; voice.connections() > 0 && turns < 2_000; turns++) await settle();
      expect(voice.connections()).toBe(0);
      expect(clock.pending).toBe(0);
    }

    it.each(Object.keys(EXPECTED) as VoiceFault[])('%s: says so, and speaks again', async (fault) => {
      const voice = await begin(fault);
      let connection: TtsConnection | null = null;
      const attempt = (async () => {
        connection = await voice.tts.connect(never);
        return await speak(connection);
      })();
      const outcome = attempt.then(
        () => null,
        (error: unknown) => error,
      );
      if (fault === 'stalls' || fault === 'silent') {
        for (let s = 0; s < 8; s++) {
          // What is under way arrives in real time, which does not pass while time is skipped.
          for (let turns = 0; turns < 50; turns++) await settle();
          await clock.skip(500);
        }
      }
      const error = (await outcome) as ParleyError;
      expect(error).toBeInstanceOf(ParleyError);
      expect(EXPECTED[fault]!.codes).toContain(error.code);
      expect(error.retryable).toBe(EXPECTED[fault]!.retryable);
      expect(error.remedy).not.toBe('');
      for (const secret of [...secrets, SENTENCE, REST]) {
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
        expect(JSON.stringify(lines)).not.toContain(secret);
      }
      connection ??= await voice.tts.connect(never);
      const again = await speak(connection);
      expect(again.filter(({ last }) => last).map(({ clause }) => clause)).toEqual([0, 1]);
      await connection.close();
      await nothingIsLeft(voice);
    });

    it.each(['split', 'quiet lead', 'late'] as const)('%s: speaks all the same', async (fault) => {
      const wanted = await undisturbed();
      const voice = await begin(fault);
      const connection = await voice.tts.connect(never);
      const cancelled = fault === 'late' ? connection.reply('wrong') : null;
      cancelled?.speak('This was a wrong guess.');
      cancelled?.cancel();
      const pcm = pcmOf(await speak(connection));
      const lead = fault === 'quiet lead' ? (connection.sampleRate * 200) / 1000 : 0;
      expect(pcm.subarray(0, lead).every((sample) => sample === 0)).toBe(true);
      expect(pcm.length).toBe(wanted.length + lead);
      expect(
        Buffer.from(pcm.subarray(lead).buffer, pcm.subarray(lead).byteOffset).equals(bytesOf(wanted)),
      ).toBe(true);
      await connection.close();
      await nothingIsLeft(voice);
    });

    it('ends in an answer or an error when it is killed at any moment', async () => {
      const voice = await begin('slow');
      const connection = await voice.tts.connect(never);
      const ends = { answers: 0, errors: 0 };
      for (let seed = 0; seed < 100; seed++) {
        const random = seededRandom(seed);
        const killAtChunk = Math.floor(random() * 12);
        const killAtTurn = killAtChunk === 0 ? Math.floor(random() * 12) : null;
        const reply = connection.reply(`draft ${seed}`);
        for (const clause of [SENTENCE, REST]) reply.speak(clause);
        const cancels = random() < 0.1;
        reply.end();
        if (killAtTurn !== null) {
          for (let turn = 0; turn < killAtTurn; turn++) await settle();
          voice.kill();
        }
        let chunks = 0;
        try {
          for await (const chunk of reply.audio) {
            chunks++;
            if (chunks === killAtChunk) voice.kill();
            if (chunks === killAtChunk && cancels) reply.cancel();
            expect(chunk.clause).toBeLessThan(2);
          }
          ends.answers++;
        } catch (error) {
          expect(error).toBeInstanceOf(ParleyError);
          ends.errors++;
        }
      }
      expect(ends.answers + ends.errors).toBe(100);
      expect(ends.answers).toBeGreaterThan(0);
      expect(ends.errors).toBeGreaterThan(0);
      await connection.close();
      await nothingIsLeft(voice);
    });

    it('leaves nothing when it is closed in the middle of many drafts', async () => {
      const voice = await begin(null);
      const connection = await voice.tts.connect(never);
      const speaking = Array.from({ length: 12 }, () => speak(connection));
      await Promise.race(speaking);
      await connection.close();
      await Promise.all(speaking);
      await nothingIsLeft(voice);
    });

    it('measures how fast it begins, and leaves nothing', async () => {
      const voice = await begin(null);
      const probe = Reflect.get(voice.tts, 'probe') as (
        signal: AbortSignal,
      ) => Promise<Record<string, number>>;
      const { connectMs, coldMs, warmMs } = await probe(never);
      expect(connectMs).toBeGreaterThan(0);
      expect(coldMs).toBeGreaterThan(connectMs!);
      expect(warmMs).toBeGreaterThan(0);
      await nothingIsLeft(voice);
    });
  });
}

const bytesOf = (pcm: Int16Array): Buffer => Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
