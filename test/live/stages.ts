/** One thing asked of a vendor's adapter, within a deadline: words heard, an answer read, a sentence spoken. */
import { rmsDbfs, VOICED_DBFS } from '../../src/audio/energy.ts';
import { FRAME_MS, FRAME_SAMPLES } from '../../src/audio/pcm.ts';
import type { Clock } from '../../src/base/clock.ts';
import { withDeadline } from '../../src/base/deadline.ts';
import type { LanguageModel } from '../../src/providers/llm/llm.ts';
import type { SpeechToText, SttEvent } from '../../src/providers/stt/stt.ts';
import { synthesise } from '../../src/providers/tts/flite/flite.ts';
import type { TextToSpeech } from '../../src/providers/tts/tts.ts';

const PHRASE = 'Turn on the lights in the kitchen.';
const SPEAKER = { id: '1', name: 'Ada' };
/** From opening a connection to its last word, the time of speaking included. */
const WITHIN_MS = 30_000;

const within = <T>(clock: Clock, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
  withDeadline({ clock, afterMs: WITHIN_MS, what, remedy: 'Look at the status page of the vendor.' }, work);

/** Speaks to it at the pace of speech. */
export async function hear(stt: SpeechToText, clock: Clock): Promise<{ words: string[]; finalMs: number }> {
  const pcm = synthesise(PHRASE, 'slt');
  return await within(clock, `Hearing by ${stt.name}`, async (signal) => {
    const connection = await stt.connect(signal);
    try {
      const final = Promise.withResolvers<string>();
      signal.addEventListener('abort', () => final.reject(signal.reason), { once: true });
      const recogniser = connection.openRecogniser(SPEAKER, (event: SttEvent) => {
        if (event.type === 'final') final.resolve(event.text);
        if (event.type === 'error') final.reject(event.error);
      });
      const beganMs = clock.now();
      for (let at = 0; at < pcm.length; at += FRAME_SAMPLES) {
        recogniser.write(pcm.subarray(at, at + FRAME_SAMPLES));
        await until(clock, beganMs + (at / FRAME_SAMPLES + 1) * FRAME_MS);
      }
      const askedMs = clock.now();
      recogniser.commit();
      const text = await final.promise;
      recogniser.close();
      return { words: text.toLowerCase().match(/[a-z]+/g) ?? [], finalMs: clock.now() - askedMs };
    } finally {
      await connection.close();
    }
  });
}

export async function read(
  llm: LanguageModel,
  clock: Clock,
): Promise<{ text: string; pieces: number; firstMs: number; outputTokens: number }> {
  return await within(clock, `An answer of ${llm.name}`, async (signal) => {
    const connection = await llm.connect(signal);
    try {
      const messages = [{ role: 'user' as const, content: 'Count from one to ten in words.' }];
      const answer = { text: '', pieces: 0, firstMs: 0, outputTokens: 0 };
      const askedMs = clock.now();
      const request = { system: 'You are brief.', messages, maxTokens: 100, signal };
      for await (const event of connection.stream(request)) {
        if (event.type === 'usage') answer.outputTokens = event.outputTokens;
        else {
          if (answer.pieces === 0) answer.firstMs = clock.now() - askedMs;
          answer.pieces += 1;
          answer.text += event.text;
        }
      }
      return answer;
    } finally {
      await connection.close();
    }
  });
}

export async function speak(
  tts: TextToSpeech,
  clock: Clock,
): Promise<{ voicedMs: number; pieces: number; firstMs: number }> {
  return await within(clock, `The voice of ${tts.name}`, async (signal) => {
    const connection = await tts.connect(signal);
    try {
      const reply = connection.reply('live');
      signal.addEventListener('abort', () => reply.cancel(), { once: true });
      const frame = (connection.sampleRate * FRAME_MS) / 1000;
      const spoken = { voicedMs: 0, pieces: 0, firstMs: 0 };
      const askedMs = clock.now();
      reply.speak('It is seven. ');
      reply.speak('The lights in the kitchen are on.');
      reply.end();
      for await (const { pcm } of reply.audio) {
        if (spoken.pieces === 0) spoken.firstMs = clock.now() - askedMs;
        spoken.pieces += 1;
        for (let at = 0; at < pcm.length; at += frame)
          if (rmsDbfs(pcm.subarray(at, at + frame)) >= VOICED_DBFS) spoken.voicedMs += FRAME_MS;
      }
      return spoken;
    } finally {
      await connection.close();
    }
  });
}

async function until(clock: Clock, dueMs: number): Promise<void> {
  const leftMs = dueMs - clock.now();
  if (leftMs > 0) await new Promise<void>((resolve) => clock.setTimer(leftMs, resolve));
}
