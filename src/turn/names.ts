/** Where a name is said in a phrase, also one that the recogniser got slightly wrong. */
import { wordsOf } from './words.ts';

/** `vocative`: somebody is called by it. `mention`: it is spoken of. */
export interface NameSaid {
  as: 'vocative' | 'mention';
  exact: boolean;
}

/** Before or behind a call these say nothing of their own. */
export const CALLS: ReadonlySet<string> = new Set(
  'hey hi hello ok okay yo oh so well um uh sorry thanks please yes no and but now right'.split(' '),
);
/** After one of these at the start, a name is called, so a bad spelling of it is believed. */
const HAILS = new Set('hey hi hello ok okay yo'.split(' '));
/** A name before one of these is what the phrase is about ("Ben is late"). */
const PREDICATES = new Set(
  'is was has had said says told went wants likes thinks does and or will would came got just also lives works knew'.split(
    ' ',
  ),
);
/** A name after one of these belongs to the phrase ("ask Ben", "it was Ben"). */
const GOVERNORS = new Set(
  (
    'to with for from about and or by at of is was are ask tell call told asked see saw know like love meet met than as ' +
    "message text invite invited called named it's that's who's not thank miss trust where's in on the a my your our"
  ).split(' '),
);

/** The likeliest saying of one of the names, vocative before mention, exact before misheard; null when none is said. */
export function nameSaid(text: string, names: readonly string[]): NameSaid | null {
  const words = wordsOf(text);
  let best: NameSaid | null = null;
  for (const name of names) {
    const parts = wordsOf(name);
    if (parts.length === 0) continue;
    const joined = parts.join('');
    // A name may be recognised as one word more or less than it has.
    for (let size = Math.max(1, parts.length - 1); size <= parts.length + 1; size++) {
      for (let at = 0; at + size <= words.length; at++) {
        const said = saidAt(text, words, at, size, joined);
        if (said && rank(said) > rank(best)) best = said;
      }
    }
  }
  return best;
}

const rank = (said: NameSaid | null): number =>
  said === null ? 0 : (said.as === 'vocative' ? 3 : 1) + (said.exact ? 1 : 0);

function saidAt(
  text: string,
  words: readonly string[],
  at: number,
  size: number,
  name: string,
): NameSaid | null {
  const heard = words.slice(at, at + size).join('');
  if (heard === name) return { as: isCalled(text, words, at, size) ? 'vocative' : 'mention', exact: true };
  const hailed = at > 0 && HAILS.has(words[at - 1]!);
  if (Math.abs(heard.length - name.length) > 2 || editDistance(heard, name) > allowedErrors(name, hailed))
    return null;
  return { as: hailed || isCalled(text, words, at, size) ? 'vocative' : 'mention', exact: false };
}

/** Short names are near to many words, so they must be exact; more is forgiven right after "hey". */
function allowedErrors(name: string, hailed: boolean): number {
  if (name.length < 4) return 0;
  if (name.length < 6) return hailed ? 1 : name.length === 5 ? 1 : 0;
  return hailed ? 2 : 1;
}

function isCalled(text: string, words: readonly string[], at: number, size: number): boolean {
  const before = words[at - 1];
  const after = words[at + size];
  if (setOffByCommas(text, words, at, size)) return true;
  if (words.slice(0, at).every((word) => CALLS.has(word))) {
    if (after === undefined || !PREDICATES.has(after)) return true;
    // "Ben will you come", not "Ben will come"
    return words[at + size + 1] === 'you';
  }
  return after === undefined && before !== undefined && !GOVERNORS.has(before);
}

/** A comma parts the name from the rest of the phrase. */
function setOffByCommas(text: string, words: readonly string[], at: number, size: number): boolean {
  if (!text.includes(',')) return false;
  const pieces = text.split(/[,.!?;:]/).map((piece) => wordsOf(piece));
  const name = words.slice(at, at + size).join(' ');
  const alone = (piece: readonly string[]) => {
    const bare = piece.filter((word) => !CALLS.has(word)).join(' ');
    return bare === name;
  };
  // Among three or more of a kind it is a list: "Ada, Ben, and I".
  return pieces.some(alone) && !/,\s*and\b/.test(text.toLowerCase());
}

/** Letters to change, add or drop to make one word the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j]! + (a[i] === b[j] ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
