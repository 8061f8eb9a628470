/** Whether words only say "I am listening", so that an agent that speaks may go on. */
import { languageWords } from './language/languages.ts';
import { wordsOf } from './words.ts';

/** "oh yeah right okay sure yeah": whoever says more than this has something to say. */
const MAX_PHRASES = 5;
const MAX_PHRASE_WORDS = 3;

/**
 * True when the words are nothing but backchannels of the language ("mhm", "yeah yeah", "ok right"); case and
 * punctuation do not matter. One other word makes it false, so that "no", "stop", "wait" or "yeah but" never are.
 * Whether a "yes" answers a question that was just asked is not to be known from the words: the caller's part.
 */
export function isBackchannel(text: string, language?: string): boolean {
  const { backchannels } = languageWords(language);
  // "mmmm", "yeahhh": drawn out letters are said once.
  const words = wordsOf(text).map((word) => word.replaceAll(/(\p{L})\1{2,}/gu, '$1'));
  let phrases = 0;
  for (let at = 0; at < words.length; phrases++) {
    const length = phraseLength(words.slice(at, at + MAX_PHRASE_WORDS), backchannels);
    if (length === 0) return false;
    at += length;
  }
  return phrases > 0 && phrases <= MAX_PHRASES;
}

/** How many words the longest phrase takes that the words begin with. */
function phraseLength(words: readonly string[], phrases: ReadonlySet<string>): number {
  for (let length = words.length; length > 0; length--) {
    if (phrases.has(words.slice(0, length).join(' '))) return length;
  }
  return 0;
}
