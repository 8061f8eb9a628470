/** Whether recognised words are the agent's own, come back through somebody's loudspeaker and microphone. */
import { normaliseText } from './normalise.ts';

/** Of so many words heard, one may be wrong, missing or too many. */
const WORDS_PER_ERROR = 5;
/** Fewer words than this are in any text; they are an echo only where the echo would be: at its end. */
const MIN_WORDS = 3;
/** An echo comes at once; more of what was spoken is only more to compare. */
const MAX_SPOKEN_WORDS = 200;

/**
 * True when the words heard stand in this order, one behind the other, in what was spoken. One or two words only
 * when they are its last. A listener who repeats the agent's words looks the same: ask only for words that began
 * while the agent spoke, or right after.
 *
 * @param spoken what of the answer has left so far; words still to be spoken cannot echo.
 */
export function isEcho(heard: string, spoken: string): boolean {
  const echo = bareWords(heard);
  const source = bareWords(spoken).slice(-MAX_SPOKEN_WORDS);
  if (echo.length === 0 || source.length === 0) return false;
  if (echo.length < MIN_WORDS) return echo.join(' ') === source.slice(-echo.length).join(' ');
  return fewestErrors(echo, source) <= Math.floor(echo.length / WORDS_PER_ERROR);
}

const bareWords = (text: string): string[] => normaliseText(text).split(' ').filter(Boolean);

/** The edit distance, in words, from `words` to that stretch of `source` which is nearest to it. */
function fewestErrors(words: readonly string[], source: readonly string[]): number {
  // A stretch may begin anywhere, so leaving out what precedes it costs nothing.
  let row = new Array<number>(source.length + 1).fill(0);
  for (const [i, word] of words.entries()) {
    const next = [i + 1];
    for (const [j, other] of source.entries()) {
      next.push(Math.min(row[j]! + (word === other ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return Math.min(...row);
}
