/** Whether somebody is in the middle of giving a number or a spelling, piece by piece. */
import type { LanguageWords } from './language/language.ts';

/** A telephone number with its area code is complete at this many digits; shorter codes have no length to know. */
const WHOLE_NUMBER_DIGITS = 10;

/**
 * True for a bare number ("twenty", maybe of "twenty five"), for two or more digits said one by one ("five five"), for
 * a number after "my number is" and the like, and for letters being spelled. All of these are given in groups with
 * pauses between, and cutting one short spoils the whole, while waiting costs a second. A number inside another phrase
 * ("set it to twenty") is not dictated: nobody pauses inside "twenty five".
 */
export function isDictating(words: readonly string[], language: LanguageWords): boolean {
  const isDigit = (word: string) => /^\p{N}$/u.test(word) || language.digits.has(word);
  const isNumber = (word: string) =>
    isDigit(word) || /^[\p{N}.,]+$/u.test(word) || language.numbers.has(word);
  const run = trailing(words, isNumber);
  const digits = run.reduce((sum, word) => sum + (/^\p{N}+$/u.test(word) ? word.length : 1), 0);
  if (run.length > 0) {
    if (digits >= WHOLE_NUMBER_DIGITS) return false;
    if (run.length === words.length || trailing(words, isDigit).length > 1) return true;
    return language.dictated.test(words.slice(0, -run.length).join(' '));
  }
  return isSpelling(words, language);
}

function isSpelling(words: readonly string[], { initials }: LanguageWords): boolean {
  const letters = trailing(words, (word) => /^\p{L}$/u.test(word));
  if (letters.length === 0) return false;
  if (letters.length === 1) return /\b(?:spelled|spelt|letters?|spelling)\b/.test(words.join(' '));
  return !initials.has(letters.join(' '));
}

function trailing(words: readonly string[], fits: (word: string) => boolean): readonly string[] {
  return words.slice(words.findLastIndex((word) => !fits(word)) + 1);
}
