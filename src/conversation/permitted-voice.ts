/** The voice of an agent that is not always allowed to speak: meanwhile nothing is synthesised, and answers are written. */
import { ParleyError } from '../base/errors.ts';
import type { TtsConnection } from '../providers/tts/tts.ts';

/** @param allowed asked at each reply's beginning: false makes it fail as a broken voice does. */
export function permitted(tts: TtsConnection, allowed: () => boolean): TtsConnection {
  return {
    sampleRate: tts.sampleRate,
    warm: () => tts.warm(),
    reply: (draftId) => {
      if (allowed()) return tts.reply(draftId);
      throw new ParleyError('I may not speak in this channel', {
        code: 'MAY_NOT_SPEAK',
        remedy: 'Unmute me, or give me the right to speak there; the answer was written in the chat.',
        retryable: true,
      });
    },
    close: () => tts.close(),
  };
}
