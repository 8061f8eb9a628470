/** Whether the far side can make out the bot's words: recognised among decoys from what the room heard. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { plainWords } from '../providers/plain-words.ts';
import { createEmbeddedSoundswallower } from '../providers/stt/embedded-soundswallower.ts';
import type { SttEvent } from '../providers/stt/stt.ts';

export interface HeardBackOptions {
  clock: Clock;
  log: Log;
  /** Other things the bot could have said; those equal to the reply are left out. */
  decoys: readonly string[];
}

export const MIN_DECOYS = 20;
const CHUNK_SAMPLES = 1_600;

/**
 * Recognises `pcm` (16 kHz mono, the bot's voice as decoded by a listener) with a grammar of `reply` and the decoys.
 * True when exactly the reply's words come out.
 */
export async function heardBack(pcm: Int16Array, reply: string, options: HeardBackOptions): Promise<boolean> {
  const { clock, log } = options;
  const words = plainWords(reply);
  const decoys = [...new Set(options.decoys.map(plainWords))].filter((decoy) => decoy !== words);
  if (words === '' || decoys.length < MIN_DECOYS) return false;
  const stt = createEmbeddedSoundswallower({ clock, log, phrases: [words, ...decoys], maxSpeakers: 1 });
  const connection = await stt.connect(new AbortController().signal);
  try {
    const final = Promise.withResolvers<SttEvent>();
    const recogniser = connection.openRecogniser({ id: 'far-side', name: 'far side' }, (event) => {
      if (event.type === 'final' || event.type === 'error') final.resolve(event);
    });
    for (let at = 0; at < pcm.length; at += CHUNK_SAMPLES)
      recogniser.write(pcm.subarray(at, at + CHUNK_SAMPLES));
    recogniser.commit();
    const event = await final.promise;
    recogniser.close();
    return event.type === 'final' && plainWords(event.text) === words;
  } finally {
    await connection.close();
  }
}
