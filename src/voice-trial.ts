/** Whether a voice speaks at all, before it is chosen: a vendor may list it, take the connection, and refuse the words. */
import type { Clock } from './base/clock.ts';
import { withDeadline } from './base/deadline.ts';
import type { Meter } from './money/meter.ts';
import type { TextToSpeech } from './providers/tts/tts.ts';

export interface VoiceTrial {
  clock: Clock;
  /** Whoever asks pays for the word. */
  meter: Meter;
}

const SPEAK_WITHIN_MS = 10_000;
const WORD = 'Yes.';

/** Has one word spoken, which nobody hears. Rejects with the ParleyError that an answer would fail with. */
export async function tryVoice(voice: TextToSpeech, { clock, meter }: VoiceTrial): Promise<void> {
  const what = 'trying the voice';
  const remedy = 'Try again in a moment, or choose another voice.';
  await withDeadline({ clock, afterMs: SPEAK_WITHIN_MS, what, remedy }, async (ended) => {
    const connection = meter.tts(await voice.connect(ended));
    const close = async () => {
      await connection.close();
      meter.close();
    };
    const giveUp = () => void close().catch(() => {});
    ended.addEventListener('abort', giveUp, { once: true });
    try {
      const reply = connection.reply('trial');
      reply.speak(WORD);
      reply.end();
      for await (const _ of reply.audio);
    } finally {
      ended.removeEventListener('abort', giveUp);
      await close();
    }
  });
}
