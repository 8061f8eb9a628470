/** Whether words look like a whole phrase, judged by how they end. Used where the recogniser cannot say. */

/** English words that a speaker does not end on: more is coming. */
const OPEN_ENDINGS = new Set(
  (
    'a an the my your his its our their these those and or but because if when while although than to of in on at by ' +
    'for from with about into between is are was were am be would could should may might must not very really just i ' +
    'he she we they who which where what how why um uh er hmm'
  ).split(' '),
);

/** @param text an interim transcript, any case and punctuation. An empty one is not finished. */
export function looksFinished(text: string): boolean {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu);
  const last = words?.at(-1);
  if (last === undefined) return false;
  if (/(\.\.\.|…|,|-)\s*$/.test(text)) return false;
  if (/[.?!]\s*$/.test(text)) return true;
  return last === 'please' ? words!.length > 2 : !OPEN_ENDINGS.has(last);
}
