/** What every text-to-speech adapter does, whoever speaks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rmsDbfs, VOICED_DBFS } from '../../../src/audio/energy.ts';
import { concatPcm } from '../../../src/audio/pcm.ts';
import type { TextToSpeech, TtsChunk, TtsConnection, TtsReply } from '../../../src/providers/tts/tts.ts';

export async function chunksOf(reply: TtsReply): Promise<TtsChunk[]> {
  return await Array.fromAsync(reply.audio);
}

export function ttsConforms(name: string, create: () => TextToSpeech): void {
  describe(`${name} is a text-to-speech adapter`, () => {
    let connection: TtsConnection;
    beforeAll(async () => {
      connection = await create().connect(new AbortController().signal);
    });
    afterAll(async () => {
      await connection.close();
    });

    it('names itself, where it works, and an Opus rate', () => {
      expect(create().name).not.toBe('');
      expect(create().place).not.toBe('');
      expect([16_000, 24_000, 48_000]).toContain(connection.sampleRate);
    });

    it('speaks the clauses in order and marks the end of each', async () => {
      const reply = connection.reply('draft');
      reply.speak('The sun is out,');
      reply.speak('and the birds sing.');
      reply.end();
      const chunks = await chunksOf(reply);
      const order = chunks.map(({ clause }) => clause);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      for (const clause of [0, 1]) {
        const own = chunks.filter((chunk) => chunk.clause === clause);
        const pcm = concatPcm(own.map((chunk) => chunk.pcm));
        expect(pcm.length).toBeGreaterThan(connection.sampleRate / 3);
        expect(rmsDbfs(pcm)).toBeGreaterThan(VOICED_DBFS);
        expect(own.map(({ last }) => last)).toEqual(own.map((_, i) => i === own.length - 1));
      }
    });

    it('speaks a clause before the next is known', async () => {
      const reply = connection.reply('draft');
      const audio = reply.audio[Symbol.asyncIterator]();
      reply.speak('One moment please.');
      let chunk = await audio.next();
      while (!chunk.value!.last) chunk = await audio.next();
      reply.speak('Here it is.');
      reply.end();
      expect((await audio.next()).value).toMatchObject({ clause: 1 });
      reply.cancel();
    });

    it('ends at once when there is nothing to say', async () => {
      const reply = connection.reply('draft');
      reply.end();
      expect(await chunksOf(reply)).toEqual([]);
    });

    it('ends the audio on cancel, and speaks no more', async () => {
      const reply = connection.reply('draft');
      reply.speak('These words are never heard.');
      reply.cancel();
      reply.speak('Nor are these.');
      reply.end();
      expect(await chunksOf(reply)).toEqual([]);
    });

    it('speaks another draft after one was cancelled', async () => {
      const cancelled = connection.reply('first');
      cancelled.speak('This was a wrong guess.');
      cancelled.cancel();
      const reply = connection.reply('second');
      reply.speak('This is the answer.');
      reply.end();
      expect((await chunksOf(reply)).at(-1)).toMatchObject({ clause: 0, last: true });
    });

    it('keeps two drafts apart', async () => {
      const replies = ['Yes.', 'That is a very much longer answer.'].map((text, i) => {
        const reply = connection.reply(`draft ${i}`);
        reply.speak(text);
        reply.end();
        return reply;
      });
      const [short, long] = await Promise.all(replies.map(chunksOf));
      const length = (chunks: TtsChunk[]) => concatPcm(chunks.map(({ pcm }) => pcm)).length;
      expect(length(long!)).toBeGreaterThan(2 * length(short!));
    });

    it('ends open drafts when the connection closes', async () => {
      const closing = await create().connect(new AbortController().signal);
      const reply = closing.reply('draft');
      reply.speak('This is cut short.');
      await closing.close();
      expect(await chunksOf(reply)).toEqual([]);
    });

    it('closes twice as well as once, and speaks no more', async () => {
      const closing = await create().connect(new AbortController().signal);
      await Promise.all([closing.close(), closing.close()]);
      await closing.close();
      const reply = closing.reply('draft');
      closing.warm();
      reply.cancel();
      expect(await chunksOf(reply)).toEqual([]);
    });

    it('lets one draft go on when another is cancelled', async () => {
      const [cancelled, other] = [connection.reply('first'), connection.reply('second')];
      cancelled.speak('These words are never heard.');
      other.speak('But these words are.');
      cancelled.cancel();
      cancelled.cancel();
      other.end();
      expect((await chunksOf(other)).at(-1)).toMatchObject({ clause: 0, last: true });
    });

    it('tells words, if any, in order and within their clause', async () => {
      const reply = connection.reply('draft');
      const clauses = ['There are twelve birds,', 'and one of them sings.'];
      for (const clause of clauses) reply.speak(clause);
      reply.end();
      const chunks = await chunksOf(reply);
      for (const [i, clause] of clauses.entries()) {
        const own = chunks.filter((chunk) => chunk.clause === i);
        const lengthMs = (concatPcm(own.map(({ pcm }) => pcm)).length * 1000) / connection.sampleRate;
        const words = own.flatMap((chunk) => chunk.words ?? []);
        if (words.length > 0) expect(words.map(({ text }) => text).join(' ')).toBe(clause);
        let reachedMs = 0;
        for (const { startMs, endMs } of words) {
          expect(startMs).toBeGreaterThanOrEqual(reachedMs);
          expect(endMs).toBeGreaterThanOrEqual(startMs);
          reachedMs = endMs;
        }
        expect(reachedMs).toBeLessThanOrEqual(lengthMs);
      }
    });

    it('does not connect once its signal is aborted', async () => {
      const reason = new Error('changed my mind');
      await expect(create().connect(AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}
