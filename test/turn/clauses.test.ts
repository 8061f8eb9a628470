import { describe, expect, it } from 'vitest';
import { ClauseSplitter, countWords } from '../../src/turn/clauses.ts';

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
      'Sure thing, my friend,',
      'here it is.',
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

  it('gives out a first clause as soon as its break is certain', () => {
    const splitter = new ClauseSplitter();
    expect(splitter.push('Your order is here.')).toEqual([]);
    expect(splitter.push(' ')).toEqual(['Your order is here.']);
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
