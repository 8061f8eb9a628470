/** The text of an utterance: final and interim ones together, and how complete they are. */
import { type Completeness, heuristicJudge } from './completeness.ts';
import type { TurnOptions } from './defaults.ts';

export const joinWords = (a: string, b: string): string => (a && b ? `${a} ${b}` : a || b);

export const wordsOf = ({ words, interim }: { words: string; interim: string }): string =>
  joinWords(words, interim);

/** @param hint of the recogniser, which knows better; but one who asks for time gets it. */
export function completenessOf(
  text: string,
  hint: Completeness | undefined,
  { language }: TurnOptions,
): Completeness {
  if (text === '') return 'incomplete';
  const judged = heuristicJudge.judge(text, language);
  return judged === 'wait' ? judged : (hint ?? judged);
}
