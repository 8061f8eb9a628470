/** How a model writes a text: in tokens, at an even pace; and when the parts that are spoken are complete. */
import { countWords } from '../../../src/turn/clause-breaks.ts';
import { ClauseSplitter } from '../../../src/turn/clauses.ts';

export const TOKEN_MS = 10;
/** 170 words a minute. */
export const SPOKEN_WORD_MS = 350;
/** Longer words are two tokens, as in the vocabularies of large models. */
const WHOLE_WORD_LETTERS = 6;

/** Words with the space before them, what follows an apostrophe, and each mark by itself: about 1.3 to a word. */
export function tokensOf(text: string): string[] {
  const pieces = text.match(/\s*[\p{L}\p{N}]+|['’][\p{L}]+|\s*[^\s\p{L}\p{N}]/gu) ?? [];
  return pieces.flatMap((piece) => {
    const space = piece.length - piece.trimStart().length;
    if (piece.length - space <= WHOLE_WORD_LETTERS) return [piece];
    const half = space + Math.ceil((piece.length - space) / 2);
    return [piece.slice(0, half), piece.slice(half)];
  });
}

/** From the first token to the one that completes the first clause, as the product cuts it. */
export function firstClauseMs(text: string): number {
  const splitter = new ClauseSplitter();
  return untilToken(text, (token) => splitter.push(token).length > 0);
}

/** From the first token to the one that shows that the first sentence has ended: the next one, or the last of all. */
export function firstSentenceMs(text: string): number {
  let sentence = '';
  return untilToken(text, (token) => {
    const ended = /[.?!]["')]?$/.test(sentence) && /^\s/.test(token);
    sentence += token;
    return ended;
  });
}

/** From the first token to the last. */
export const wholeTextMs = (text: string): number => (tokensOf(text).length - 1) * TOKEN_MS;

/** How long the text takes to say. */
export const audioMs = (text: string): number => countWords(text) * SPOKEN_WORD_MS;

/** How many tokens a model has written `afterMs` after its first one; negative before that. */
export function tokensWritten(text: string, afterMs: number): number {
  if (afterMs < 0) return 0;
  return Math.min(tokensOf(text).length, Math.floor(afterMs / TOKEN_MS) + 1);
}

function untilToken(text: string, complete: (token: string) => boolean): number {
  const tokens = tokensOf(text);
  const at = tokens.findIndex(complete);
  return (at < 0 ? tokens.length - 1 : at) * TOKEN_MS;
}
