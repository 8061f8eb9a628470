/** Whether words ask the agent to be silent. */
import { languageWords } from './language/languages.ts';
import { CALLS } from './names.ts';
import { wordsOf } from './words.ts';

/**
 * True when the words are nothing but that ("stop", "okay Parley, be quiet please"), with or without the agent's name,
 * calls and politeness. "Stop the music" is not: it is for whoever plays the music; nor is "stop it Ben".
 */
export function isStop(
  text: string,
  { language, agentNames }: { language: string; agentNames: readonly string[] },
): boolean {
  const { stops, polite, fillers } = languageWords(language);
  const agent = new Set(agentNames.flatMap(wordsOf));
  const beside = [agent, polite, fillers, CALLS];
  const words = wordsOf(text).filter((word) => !beside.some((set) => set.has(word)));
  return stops.has(words.join(' ')) || (words.length > 0 && words.every((word) => stops.has(word)));
}
