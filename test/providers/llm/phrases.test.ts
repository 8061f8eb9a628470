import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { intents, phrases } from '../../../src/providers/llm/phrases/index.ts';
import { spokenDate, spokenNumber, spokenTime } from '../../../src/providers/llm/spoken-values.ts';
import { plainWords } from '../../../src/providers/plain-words.ts';
import { ClauseSplitter } from '../../../src/turn/clauses.ts';
import { everyReply } from '../support/replies.ts';

const packageRoot = dirname(dirname(createRequire(import.meta.url).resolve('soundswallower/jsonly')));
const dictionary = new Set(
  readFileSync(`${packageRoot}/model/en-us/dict.txt`, 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[0]!),
);
const unknownWords = (text: string): string[] =>
  plainWords(text)
    .split(' ')
    .filter((word) => !dictionary.has(word));

describe('the phrases', () => {
  it('are many, all different, and none begins another', () => {
    expect(intents.length).toBeGreaterThanOrEqual(60);
    const all = phrases();
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((phrase) => all.some((other) => other.startsWith(`${phrase} `)))).toEqual([]);
  });

  it('are 3 to 9 plain words that the recogniser knows', () => {
    for (const phrase of phrases()) {
      expect(plainWords(phrase)).toBe(phrase);
      expect(unknownWords(phrase)).toEqual([]);
      expect(phrase.split(' ').length).toBeGreaterThanOrEqual(3);
      expect(phrase.split(' ').length).toBeLessThanOrEqual(9);
    }
  });
});

describe('the replies', () => {
  it('are 6 to 25 spoken words that can be recognised back', () => {
    for (const reply of everyReply()) {
      expect(unknownWords(reply)).toEqual([]);
      const count = plainWords(reply).split(' ').length;
      expect(count, reply).toBeGreaterThanOrEqual(6);
      expect(count, reply).toBeLessThanOrEqual(25);
    }
  });

  it('begin with a clause short enough to be spoken at once', () => {
    for (const reply of everyReply()) {
      const splitter = new ClauseSplitter();
      const first = [...splitter.push(reply), ...splitter.end()][0]!;
      expect(first.split(' ').length, first).toBeLessThanOrEqual(9);
    }
  });
});

describe('spoken values', () => {
  it.each([
    [0, 'zero'],
    [13, 'thirteen'],
    [20, 'twenty'],
    [42, 'forty two'],
    [100, 'one hundred'],
    [312, 'three hundred twelve'],
    [999.6, 'one thousand'],
    [1_250, 'one thousand two hundred fifty'],
    [40_007, 'forty thousand seven'],
    [5_000_000, 'nine hundred ninety nine thousand nine hundred ninety nine'],
    [-3, 'zero'],
  ])('says %d as "%s"', (value, words) => {
    expect(spokenNumber(value)).toBe(words);
  });

  it.each([
    [0, 0, "twelve o'clock in the morning"],
    [9, 5, 'nine oh five in the morning'],
    [12, 30, 'twelve thirty in the afternoon'],
    [18, 0, "six o'clock in the evening"],
    [23, 59, 'eleven fifty nine in the evening'],
  ])('says %d:%d as "%s"', (hours, minutes, words) => {
    expect(spokenTime(new Date(2026, 0, 1, hours, minutes))).toBe(words);
  });

  it('says every day of a year with words that can be recognised back', () => {
    expect(spokenDate(new Date(2026, 0, 1))).toBe('Thursday, the first of January');
    expect(spokenDate(new Date(2026, 11, 31))).toBe('Thursday, the thirty first of December');
    expect(spokenDate(new Date(2026, 7, 12))).toBe('Wednesday, the twelfth of August');
    for (let day = 1; day <= 365; day++) {
      expect(unknownWords(spokenDate(new Date(2026, 0, day)))).toEqual([]);
    }
  });
});
