import { describe, expect, it } from 'vitest';
import { isEcho } from '../../src/turn/echo.ts';

const SPOKEN =
  "There are eight planets. The largest of them is Jupiter, and it's about 20 times wider than the Earth, I think.";

describe('isEcho', () => {
  it.each([
    'the largest of them is jupiter',
    'The largest of them',
    'there are 8 planets',
    'it’s about twenty times wider',
    'planets the largest of them is Jupiter and its about',
    // one in five wrong, missing, or too many
    'the largest of him is jupiter',
    'the largest of is jupiter and',
    'the largest one of them is jupiter',
    // few words, but the last ones
    'I think',
    'think',
    'the earth i think',
    'um, I think',
  ])('%j comes from what was spoken', (heard) => expect(isEcho(heard, SPOKEN)).toBe(true));

  it.each([
    '',
    'um',
    'jupiter',
    'eight planets',
    'stop',
    'no wait',
    'what is the largest planet',
    'jupiter is the largest',
    'jupiter is them of largest the',
    'the largest of him is mars',
    // one wrong word in four is too many
    'the largest of these',
    'there are nine planets',
    'think I',
  ])('%j does not', (heard) => expect(isEcho(heard, SPOKEN)).toBe(false));

  it('hears no echo of nothing', () => {
    expect(isEcho('hello there you', '')).toBe(false);
    expect(isEcho('', '')).toBe(false);
  });

  it('looks only at the last of a long speech', () => {
    const long = `the very first words of all ${'and so on '.repeat(100)}`;
    expect(isEcho('the very first words', long)).toBe(false);
    expect(isEcho('and so on and so on', long)).toBe(true);
  });
});
