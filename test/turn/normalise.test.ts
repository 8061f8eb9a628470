import { describe, expect, it } from 'vitest';
import { normaliseText } from '../../src/turn/normalise.ts';
import { wordsOf } from '../../src/turn/words.ts';

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen';
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety';

describe('normaliseText', () => {
  it.each([
    ['What time is it?', 'what time is it'],
    ['  what   TIME\tis\nit ', 'What time is it.'],
    ["Don't stop", 'dont stop'],
    ['Don’t stop', "don't stop"],
    ['ＴＵＲＮ it ｏｆｆ', 'turn it off'],
    ['cafe\u0301', 'caf\u00e9'],
    ['co\u00adoperate', 'cooperate'],
    ['set it to twenty', 'Set it to 20.'],
    ['twenty-one', '21'],
    ['twenty one', '21'],
    ['one hundred', '100'],
    ['a hundred', '100'],
    ['at ten thirty', 'at 10:30'],
    ['three point one four', '3.14'],
    ['zero point five', '0.5'],
    ['fifty percent', '50%'],
    ['five dollars', '$5'],
    ['salt and pepper', 'salt & pepper'],
    ['1,000 people', '1000 people'],
    ['um, what time is it', 'what time is it'],
    ['what time is it uh', 'what time is it'],
    ['Uh, um... yes. Hmm.', 'yes'],
  ])('%j is the same as %j', (one, other) => {
    expect(normaliseText(one)).toBe(normaliseText(other));
  });

  it.each([
    ['set it to twenty', 'set it to thirty'],
    ['five five', '55'],
    ['five five', 'fifty five'],
    ['3.5', '35'],
    ['3.5', '3 5'],
    ['two hundred', '200'],
    ['turn it on', 'turn it off'],
    ['I can', "I can't"],
    ['it is, um, late', 'it is late'],
    ['the point is', 'the is'],
  ])('%j is not the same as %j', (one, other) => {
    expect(normaliseText(one)).not.toBe(normaliseText(other));
  });

  it('knows every number from 0 to 100 by its words', () => {
    const units = UNITS.split(' ');
    for (let value = 0; value <= 100; value++) {
      const ten = TENS.split(' ')[Math.floor(value / 10) - 2] ?? '';
      const unit = value % 10 === 0 ? '' : ` ${units[value % 10]}`;
      const words = value === 100 ? 'one hundred' : (units[value] ?? `${ten}${unit}`);
      expect(normaliseText(words), words).toBe(String(value));
    }
  });

  it('is empty when nothing was said but hesitation', () => {
    for (const text of ['', ' ', '...', 'um', 'Uh, hmm.']) expect(normaliseText(text)).toBe('');
  });

  it('changes nothing the second time', () => {
    for (const text of ['Um, twenty-one percent!', 'three point five', 'a hundred and five', "don't", '$5']) {
      expect(normaliseText(normaliseText(text))).toBe(normaliseText(text));
    }
  });
});

it('takes words apart from punctuation, not from their apostrophes or decimals', () => {
  expect(wordsOf("“Well,” he’d said: 3.5 - don't!")).toEqual(['well', "he'd", 'said', '3.5', "don't"]);
  expect(wordsOf('?!')).toEqual([]);
});
