import { expect, it } from 'vitest';
import { looksFinished } from '../../src/turn/finished.ts';

it.each([
  ['what time is it', true],
  ['turn on the light', true],
  ['yes', true],
  ['could you help me, please', true],
  ['', false],
  ['turn on the', false],
  ['I would like to order a pizza and', false],
  ['um', false],
  ['please', false],
  ['so I was thinking,', false],
  ['and then...', false],
  ['That is what it is about.', true],
])('%j looks finished: %s', (text, finished) => {
  expect(looksFinished(text)).toBe(finished);
});
