/** Text as bare words: what every judgement about spoken words starts from. */

/** A figure with its decimals or thousands, or a word with its inner apostrophes. */
const WORD = /\p{N}+(?:[.,]\p{N}+)+|[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}\p{N}]+)*/gu;
const APOSTROPHES = /[’‘ʼ´`＇]/g;

/**
 * The words of a text, lower case, in order, without punctuation; apostrophes and figures stay ("don't", "3.5").
 * Spellings that Unicode holds to be the same come out the same.
 */
export function wordsOf(text: string): string[] {
  return text.replaceAll(APOSTROPHES, "'").normalize('NFKC').toLowerCase().match(WORD) ?? [];
}
