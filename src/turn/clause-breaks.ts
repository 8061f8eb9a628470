/** Where text that is still being written may be cut: ends of sentences and lines, and breaks inside a first sentence. */

const SENTENCE_END = /[.?!…]+["'”’)\]*_~`]*(?=\s|$)/g;
const LINE_END = /\n/g;
const PAUSE = /[,;:]["'”’)\]*_]*(?=\s|$)|(?<!\d)\s[–—-](?=\s)/g;
const JOINING = /\s(?=(?:and|but|or|because|so|which|that|if|when|while)\s)/g;
/** Only those that are not also part of a verb: "turn it | on" is no break. */
const PREPOSITION = /\s(?=(?:with|from|for|into|between|during|without|after|before|until|through)\s)/g;

/** The dot behind these ends no sentence. */
const ABBREVIATION = /(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e|approx|ph|fig)\.["'”’)\]]*[,;:]?$/i;
/** These end a sentence too; then a capital letter follows. */
const MAYBE_LAST = /(?:^|[\s(])(?:etc|inc|ltd|jr|sr|co|a\.\s?m|p\.\s?m|(?:\p{L}\.)+\p{L})\.["'”’)\]]*$/iu;
const INITIAL = /(?:^|[\s(])(?!I\.)\p{L}\.["'”’)\]]*$/u;
const LIST_NUMBER = /^\s*\d{1,2}\.$/;
/** A word that goes on behind its punctuation: an address. */
const ADDRESS = /(?:\S:\/\/|www\.|@|\w\.\w)\S*$/;

/**
 * The end of the first sentence or line, or -1.
 *
 * A sentence ends at its mark, also when nothing follows yet: a stream that pauses there would keep the sentence back.
 * Only where the text could go on without a space is the next character waited for: after a digit ("3." may be 3.5,
 * 9.30, or a list), a single letter or an abbreviation ("e." may be e.g.), two dots, or inside an address. A bare host
 * whose dot comes alone ("example" "." "com") is the price: it is cut there.
 */
export function sentenceEnd(text: string): number {
  const sentence = firstBreak(SENTENCE_END, text, 1, (head, mark) => {
    return mark.startsWith('.')
      ? dotEnds(text, head, mark)
      : !(head.length === text.length && ADDRESS.test(head));
  });
  const line = firstBreak(LINE_END, text, 1, (head) => !LIST_NUMBER.test(head.trim()));
  return line < 0 || (sentence > 0 && sentence < line) ? sentence : line;
}

/** The first break in a sentence that has so many words before it, or -1. */
export function pauseAt(text: string, minWords: number): number {
  return firstBreak(PAUSE, text, minWords, (head) => {
    // "1," may be 1,000; "10:" a time; "https:" an address.
    if (head.length === text.length && /(?:\d|https?|mailto)[,:]$/i.test(head)) return false;
    return !ABBREVIATION.test(head);
  });
}

/** Before the first joining word, or from `farWords` on preposition, that has so many words before it, or -1. */
export function joinAt(text: string, minWords: number, farWords: number): number {
  const always = () => true;
  const joining = firstBreak(JOINING, text, minWords, always);
  const far = firstBreak(PREPOSITION, text, farWords, always);
  return joining < 0 || (far > 0 && far < joining) ? far : joining;
}

export const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0;

function firstBreak(
  pattern: RegExp,
  text: string,
  minWords: number,
  counts: (head: string, mark: string) => boolean,
): number {
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    const head = text.slice(0, end);
    if (!/[\p{L}\p{N}]/u.test(head) || countWords(head) < minWords) continue;
    if (counts(head, match[0]) && !isInside(head, text)) return match[0] === '\n' ? match.index : end;
  }
  return -1;
}

function dotEnds(text: string, head: string, mark: string): boolean {
  const open = head.length === text.length;
  const next = /^\s+(\S)/u.exec(text.slice(head.length))?.[1];
  const beginsNew = next !== undefined && !/\p{Ll}/u.test(next);
  if (mark.startsWith('..')) return !open || !mark.endsWith('..') || mark.length > 2;
  if (ABBREVIATION.test(head) || LIST_NUMBER.test(head)) return false;
  if (INITIAL.test(head)) return /\p{Ll}\./u.test(head.slice(-3)) && beginsNew;
  if (MAYBE_LAST.test(head)) return beginsNew && /\p{Lu}/u.test(next);
  // "No. 5", but "No. Not now"
  if (/(?:^|\s)no\.$/i.test(head) && countWords(head) > 1) return next !== undefined && !/\d/.test(next);
  return !(open && (/\d\.$/.test(head) || ADDRESS.test(head)));
}

/** Inside a block of code, or between the two halves of a link: there is nothing to say before it is whole. */
function isInside(head: string, text: string): boolean {
  if ((head.match(/```|~~~/g)?.length ?? 0) % 2 === 1) return true;
  if (/\[[^\]\n]{0,200}$/.test(head) || /\]\([^)\s]{0,300}$/.test(head)) return true;
  return head.endsWith(']') && (head.length === text.length || text[head.length] === '(');
}
