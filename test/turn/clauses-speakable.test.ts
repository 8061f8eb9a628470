/** Random answers, written token by token, cut into clauses and made speakable. */
import { describe, expect, it } from 'vitest';
import { CLAUSE_DEFAULTS, ClauseSplitter } from '../../src/turn/clauses.ts';
import { speakable } from '../../src/turn/speakable.ts';
import { seededRandom } from '../support/random.ts';

const RUNS = 2_000;
const UNLIMITED = { ...CLAUSE_DEFAULTS, maxWords: 10_000 };

const WORDS =
  'the light kitchen is warm and it was but never because river with from old friend goes there'.split(' ');
const PIECES = [
  'Dr. Miller',
  'e.g. honey',
  'apples etc.',
  'vs. dogs',
  '3.5',
  '1,250',
  '10:30',
  '9 a.m.',
  '$4.20',
  '£1,000',
  '50%',
  '20°C',
  '5 km',
  '~20',
  '**bold words**',
  '*really*',
  '__sure__',
  '`npm_install`',
  '~~no~~',
  '[the docs](https://example.com/a/long?path=1)',
  '[see. this!](https://example.com)',
  'https://example.com/some/very/long/path',
  'example.com',
  'bob@example.com',
  '🎉',
  '👩‍👩‍👧',
  '🇩🇪',
  '1️⃣',
  '"quoted words"',
  '(by the way)',
  'and/or',
  'U.S. law',
  '– perhaps –',
];
const ENDS = [
  '. ',
  '. ',
  '? ',
  '! ',
  '... ',
  '… ',
  '." ',
  '.** ',
  '!!! ',
  '\n',
  '.\n',
  ':\n',
  '.\n\n',
  ' 👍. ',
];
const STARTS = ['', '', '', '', '# ', '- ', '* ', '> ', '1. ', '- **', '| '];
const BLOCKS = ['```js\nlet a = 1. Then!\n```\n', '---\n', '| a | b |\n|---|---|\n'];

/** An answer of a few sentences, with things in it that a voice cannot say. */
function randomAnswer(random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  let text = '';
  const sentences = 1 + Math.floor(random() * 5);
  for (let n = 0; n < sentences; n++) {
    if (random() < 0.1) text += `${text === '' || text.endsWith('\n') ? '' : '\n'}${pick(BLOCKS)}`;
    if (text === '' || text.endsWith('\n')) text += pick(STARTS);
    const words: string[] = [];
    const length = 1 + Math.floor(random() * 12);
    for (let i = 0; i < length; i++) words.push(random() < 0.25 ? pick(PIECES) : pick(WORDS));
    text += words.join(random() < 0.1 ? ', ' : ' ') + pick(ENDS);
  }
  return text;
}

/** As models cut text: a word with the space or dot before it, figures, and signs, which may stand together. */
const tokensOf = (text: string, signsTogether: boolean): string[] =>
  text.match(
    signsTogether
      ? / ?[.]?\p{L}+|\p{N}{1,3}| ?[^\p{L}\p{N}\s]+|\s+/gu
      : / ?[.]?\p{L}+|\p{N}{1,3}| ?\.{2,}| ?[^\p{L}\p{N}\s]|\s+/gu,
  ) ?? [];

/** The tokens as they come: some one by one, some several at once. */
function randomPieces(text: string, random: () => number): string[] {
  const pieces: string[] = [];
  for (const token of tokensOf(text, random() < 0.5)) {
    if (pieces.length > 0 && random() < 0.5) pieces.push(pieces.pop()! + token);
    else pieces.push(token);
  }
  return pieces;
}

function clausesOf(pieces: readonly string[]): string[] {
  const splitter = new ClauseSplitter(UNLIMITED);
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
}

const spokenWords = (clauses: readonly string[]): string =>
  (
    clauses
      .map(speakable)
      .join(' ')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).join(' ');
const withoutSpace = (text: string): string => text.replaceAll(/\s+/g, '');

describe('an answer written token by token', () => {
  it('loses nothing, says the same as when it comes at once, and holds no marks for readers', () => {
    let cutEarlier = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = seededRandom(seed);
      const text = randomAnswer(random);
      const pieces = randomPieces(text, random);
      const label = `seed ${seed}: ${JSON.stringify(pieces)}`;
      expect(pieces.join(''), label).toBe(text);
      const whole = clausesOf([text]);
      const clauses = clausesOf(pieces);
      expect(withoutSpace(clauses.join('')), label).toBe(withoutSpace(text));
      expect(withoutSpace(whole.join('')), label).toBe(withoutSpace(text));
      expect(spokenWords(clauses), label).toBe(spokenWords(whole));
      if (clauses.join('\n') !== whole.join('\n')) {
        cutEarlier += 1;
        // Signs that came after their sentence was already cut stand before the next one: the only difference.
        const moved = (list: readonly string[]) =>
          list.map((clause) => clause.replace(/^[\s.!?…"*)\]`]+|[\s.!?…"*)\]`]+$/g, ''));
        expect(moved(clauses).filter(Boolean), label).toEqual(moved(whole).filter(Boolean));
      }
      for (const clause of clauses) {
        const spoken = speakable(clause);
        expect(spoken, label).not.toMatch(
          /[*_`~#|<>[\]{}\\]|^[-+>] |https?:|www\.|\p{Extended_Pictographic}|\p{Regional_Indicator}|\n/u,
        );
        expect(speakable(spoken), label).toBe(spoken);
      }
    }
    // Else the random pieces would prove nothing about pauses in the stream.
    expect(cutEarlier).toBeGreaterThan(20);
  });
});
