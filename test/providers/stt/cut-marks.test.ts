/** What Scribe leaves where it was cut off is taken away, and nothing of what was said. */
import { expect, it } from 'vitest';
import { withoutCutMarks } from '../../../src/providers/stt/scribe/cut-marks.ts';

it.each([
  ['I want to go to the sto-', 'I want to go to the sto'],
  ['and then...', 'and then'],
  ['and then…', 'and then'],
  ['well \u2013', 'well'],
  ['so --', 'so'],
  ['so, \u2014 ...', 'so,'],
  ['No... ', 'No'],
  ['That is all. -', 'That is all.'],
  ['-', ''],
  ['...', ''],
  ['', ''],
])('%j is %j', (told, said) => {
  expect(withoutCutMarks(told)).toBe(said);
});

it.each([
  'It is noon.',
  'Is it?',
  'Stop!',
  'twenty-one',
  'a well-known e-mail',
  'wait... what?',
  '- yes',
  '3.5',
])('leaves %j as it is', (said) => {
  expect(withoutCutMarks(said)).toBe(said);
});
