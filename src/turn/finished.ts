/** Whether words look like a whole phrase, judged by how they end. Used where the recogniser cannot say. */

/** English words that a speaker does not end on: more is coming. */
const OPEN_ENDINGS = new Set(
  (
    'a an the my your his her its our their this that these those and or but because so if when while although than ' +
    'to of in on at by for from with about into over under between is are was were am be will would can could should ' +
    'shall may might must do does did has have had not no very more most really just i you he she it we they who ' +
    'which where what how why um uh er hmm like please'
  ).split(' '),
);

/** @param text an interim transcript, any case and punctuation. An empty one is not finished. */
export function looksFinished(text: string): boolean {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu);
  const last = words?.at(-1);
  if (last === undefined) return false;
  if (/[.?!]\s*$/.test(text)) return true;
  if (/(\.\.\.|…|,|-)\s*$/.test(text)) return false;
  return last === 'please' ? words!.length > 2 : !OPEN_ENDINGS.has(last);
}
