/** Whether words ask the agent to be silent. */
import { languageWords } from './language/languages.ts';
import { wordsOf } from './words.ts';

/**
 * True when the words are nothing but that ("stop", "Parley, be quiet please"), with or without the agent's name and
 * politeness. "Stop the music" is not: it is for whoever plays the music; nor is "stop it Ben".
 */
export function isStop(
  text: string,
  { language, agentNames }: { language: string; agentNames: readonly string[] },
): boolean {
  const { stops, polite } = languageWords(language);
  const agent = new Set(agentNames.flatMap(wordsOf));
  const words = wordsOf(text).filter((word) => !agent.has(word) && !polite.has(word));
  return stops.has(words.join(' ')) || (words.length > 0 && words.every((word) => stops.has(word)));
}
