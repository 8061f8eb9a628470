/** A recogniser that was told of a language which it does not hear: it finds its own words in whatever is said. */
import { ParleyError } from '../../base/errors.ts';
import type { SpeechToText } from './stt.ts';

/** @param language in BCP 47; null where nobody said. Null when all is well. */
export function unheardLanguage(
  { name, languages }: Pick<SpeechToText, 'name' | 'languages'>,
  language: string | null,
): ParleyError | null {
  const primary = language?.split('-')[0];
  if (primary === undefined || !languages || languages.includes(primary)) return null;
  const [first, second, third] = ['elevenlabs', 'deepgram', 'openai'].filter((other) => other !== name);
  const others = third ? `${first}, ${second} or ${third}` : `${first} or ${second}`;
  return new ParleyError(
    `The recogniser "${name}" hears ${languages.join(', ')} alone, and people speak ${language}`,
    {
      code: 'STT_LANGUAGE',
      remedy: `Set STT to ${others}, or leave STT_LANGUAGE empty.`,
    },
  );
}
