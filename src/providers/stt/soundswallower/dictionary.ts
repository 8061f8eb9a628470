/** Pronunciations of the grammar's words, from the recogniser's own dictionary. */
import { readFileSync } from 'node:fs';
import { ParleyError } from '../../../base/errors.ts';

/** A word, or a further way to say it as `word(2)`, and its phones. */
export type Pronunciation = [word: string, phones: string];

/**
 * Every pronunciation of `words`, in the file's order. Only these are loaded into a decoder: the whole dictionary of
 * 135,000 entries costs each decoder 120 ms and 17 MB.
 * Throws a ParleyError (`STT_UNKNOWN_WORD`) that names the words the dictionary lacks.
 */
export function pronunciationsOf(words: readonly string[], dictionaryPath: string): Pronunciation[] {
  const wanted = new Set(words);
  const missing = new Set(words);
  const found: Pronunciation[] = [];
  for (const line of readFileSync(dictionaryPath, 'utf8').split('\n')) {
    const space = line.indexOf(' ');
    if (space < 1) continue;
    const entry = line.slice(0, space);
    const bracket = entry.indexOf('(');
    const word = bracket > 0 ? entry.slice(0, bracket) : entry;
    if (!wanted.has(word)) continue;
    missing.delete(word);
    found.push([entry, line.slice(space + 1).trim()]);
  }
  if (missing.size > 0) {
    throw new ParleyError(`The embedded recogniser does not know the words: ${[...missing].join(', ')}`, {
      code: 'STT_UNKNOWN_WORD',
      remedy: 'Reword the phrases with words of its dictionary.',
    });
  }
  return found;
}
