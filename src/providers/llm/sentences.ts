/** Cuts a text that came in one piece, so that it can be spoken, and interrupted, sentence by sentence. */

const AFTER_SENTENCE = /(?<=[.!?…]["'”’)\]]{0,3}\s{1,3})(?=\S)/u;

/** The pieces joined are the text; an empty text has none. */
export const sentencesOf = (text: string): string[] => text.split(AFTER_SENTENCE).filter(Boolean);
