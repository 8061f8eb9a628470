import { describe, expect, it } from 'vitest';
import { countWords } from '../../src/turn/clause-breaks.ts';
import { ClauseSplitter } from '../../src/turn/clauses.ts';

/** Feeds `text` in pieces of `size` characters, as a model would; returns the clauses in order. */
function split(text: string, size: number): string[] {
  const splitter = new ClauseSplitter();
  const clauses: string[] = [];
  for (let at = 0; at < text.length; at += size) clauses.push(...splitter.push(text.slice(at, at + size)));
  return [...clauses, ...splitter.end()];
}

describe('ClauseSplitter', () => {
  it('ends the first clause at the first natural break, later ones at sentences', () => {
    const text = 'Sure thing, my friend, here it is. The light is on, and it is warm. Anything else?';
    const expected = [
      'Sure thing,',
      'my friend, here it is.',
      'The light is on, and it is warm.',
      'Anything else?',
    ];
    expect(split(text, 1)).toEqual(expected);
    expect(split(text, 7)).toEqual(expected);
  });

  it('ends a long first clause before a joining word', () => {
    const text = 'The kitchen light on the left side is on and the fan is off.';
    expect(split(text, 5)).toEqual(['The kitchen light on the left side is on', 'and the fan is off.']);
  });

  it.each([
    ['Your order is here.', ['Your order is here.']],
    ['Are you sure?', ['Are you sure?']],
    ['Wow!', ['Wow!']],
    ['Certainly,', ['Certainly,']],
    ['Well...', ['Well...']],
    ['No.', ['No.']],
    ['**Stop.**', ['**Stop.**']],
    // what may go on without a space
    ['It is 3.', []],
    ['The year was 1999.', []],
    ['We open at 9.', []],
    ['It costs about $1,', []],
    ['My train goes at 10:', []],
    ['Ask Dr.', []],
    ['Apples or pears etc.', []],
    ['Something sweet e.', []],
    ['at 5 p.m.', []],
    ['Well..', []],
    ['go to https://example.', []],
    ['write to bob@example.', []],
    ['look at [the docs.](https://example.com/a', []],
    ['```js\nlet a = 1.\n', []],
    ['see no.', []],
    ['1.', []],
  ])('of %j, where the stream pauses, gives out %j', (text, clauses) => {
    const splitter = new ClauseSplitter();
    expect(splitter.push(text)).toEqual(clauses);
  });

  it('ends a sentence at an abbreviation when a new one begins', () => {
    expect(split('Bring apples and pears etc. They are cheap.', 1)).toEqual([
      'Bring apples and pears etc.',
      'They are cheap.',
    ]);
    expect(split('I open at 9 a.m. We close late.', 1)).toEqual(['I open at 9 a.m.', 'We close late.']);
    expect(split('The answer is no. Not now.', 3)).toEqual(['The answer is no.', 'Not now.']);
    expect(split('Ask for no. 5 today.', 3)).toEqual(['Ask for no. 5 today.']);
    expect(split('It was J. K. Rowling. She wrote it.', 3)).toEqual([
      'It was J. K. Rowling.',
      'She wrote it.',
    ]);
  });

  it('takes every line of a list for a clause', () => {
    const text = 'You need:\n1. Milk\n2. Two eggs\n- A pan\n\nThen start.';
    const expected = ['You need:', '1. Milk', '2. Two eggs', '- A pan', 'Then start.'];
    expect(split(text, 1)).toEqual(expected);
    expect(split(text, 100)).toEqual(expected);
  });

  it('never cuts a block of code', () => {
    const code = '```js\nlet a = 1. Then. Stop.\n```';
    expect(split(`Run this:\n${code}\nThat is all.`, 4)).toEqual(['Run this:', code, 'That is all.']);
  });

  it('ends a first clause that has no other break before a preposition', () => {
    expect(
      split('The tallest building of the whole wide city stands with its back to the river.', 3),
    ).toEqual(['The tallest building of the whole wide city stands', 'with its back to the river.']);
  });

  it('does not cut decimals, times or abbreviations', () => {
    for (const text of [
      'It costs 3.50 today.',
      'We open at 9:30 a.m. on Monday.',
      'Ask Dr. Miller about it.',
    ]) {
      expect(split(text, 1)).toEqual([text]);
    }
  });

  it('stops at a sentence end before 60 words', () => {
    const sentence = 'This is one sentence of exactly ten words, I counted. ';
    const clauses = split(sentence.repeat(9), 4);
    const words = countWords(clauses.join(' '));
    expect(words).toBe(60);
    expect(clauses.at(-1)!.endsWith('counted.')).toBe(true);
  });

  it('cuts one endless sentence at its last comma before 60 words', () => {
    const clauses = split(`${'word '.repeat(50)}, ${'more '.repeat(50)}`, 6);
    expect(countWords(clauses.join(' '))).toBeLessThanOrEqual(60);
    expect(clauses.length).toBeGreaterThan(0);
  });

  it('says so when it is full, so that the model can be stopped', () => {
    const splitter = new ClauseSplitter();
    splitter.push('One two three four five. '.repeat(13));
    expect(splitter.full).toBe(true);
    expect(splitter.push('More.')).toEqual([]);
    expect(splitter.end()).toEqual([]);
  });
});
