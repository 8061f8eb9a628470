// Who has to say the same again: soon, by the same person, and not a mere "yes".
import { describe, expect, it } from 'vitest';
import { Repeats } from '../../src/conversation/repeats.ts';

describe('A repeat', () => {
  it.each([
    ['the same words', 'What time is it?', 'what time is it', true],
    ['a word more', 'turn on the kitchen light', 'please turn on the kitchen light', true],
    ['a word heard otherwise', 'turn on the light in the hall', 'turn on the light in the hole', true],
    ['another question', 'what time is it', 'what day is it today', false],
    ['a single word, which bears repeating', 'yes', 'yes', false],
    ['nothing that could be made out', '', '', false],
  ])('%s', (_, first, second, repeated) => {
    const repeats = new Repeats();
    expect(repeats.said('1', first, 0)).toBe(false);
    expect(repeats.said('1', second, 8_000)).toBe(repeated);
  });

  it('is soon, and of the same person', () => {
    const repeats = new Repeats();
    repeats.said('1', 'tell me a joke', 0);
    expect(repeats.said('2', 'tell me a joke', 1_000)).toBe(false);
    expect(repeats.said('1', 'tell me a joke', 30_001)).toBe(false);
    expect(repeats.said('1', 'tell me a joke', 60_001)).toBe(true);
  });

  it('is of nobody who was forgotten', () => {
    const repeats = new Repeats();
    repeats.said('1', 'tell me a joke', 0);
    repeats.forget('1');
    expect(repeats.said('1', 'tell me a joke', 1_000)).toBe(false);
  });
});
