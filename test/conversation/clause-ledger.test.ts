/** The clause ledger: what was heard, from how long was played. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ClauseLedger } from '../../src/conversation/clause-ledger.ts';

const RATE = 24_000;
const samples = (ms: number) => (ms * RATE) / 1000;
let ledger: ClauseLedger;

const played = (playedMs: number, { complete = false, trimmedMs = 0 } = {}) => {
  ledger.played({ playedMs, trimmedMs, complete });
  return ledger.heard();
};

beforeEach(() => {
  ledger = new ClauseLedger(RATE);
  ledger.add('It is noon,');
  ledger.add('and the sun is high.');
  ledger.addAudio(0, samples(600), true);
  ledger.addAudio(1, samples(500), false);
  ledger.addAudio(1, samples(500), true);
});

it.each([
  [0, '', false],
  [100, '', true],
  [200, 'It', true],
  [400, 'It is', true],
  [580, 'It is noon,', true],
  [600, 'It is noon,', false],
  [800, 'It is noon, and', true],
  [1_200, 'It is noon, and the sun', true],
  [1_600, 'It is noon, and the sun is high.', false],
])('after %i ms was heard: "%s" (estimated: %s)', (playedMs, text, estimated) => {
  expect(played(playedMs)).toEqual({ text, estimated });
});

it('all of it was heard when it was played to the end, though its silences were trimmed', () => {
  expect(played(1_200, { complete: true })).toEqual({
    text: 'It is noon, and the sun is high.',
    estimated: false,
  });
});

it('silence that was trimmed from the first clause counts as played, once anything was', () => {
  expect(played(400, { trimmedMs: 200 }).text).toBe('It is noon,');
  expect(played(0, { trimmedMs: 200 }).text).toBe('');
});

it('a clause without audio was not heard, even when all there was was played', () => {
  ledger.add('Good day to you!');
  expect(played(1_600, { complete: true }).text).toBe('It is noon, and the sun is high.');
});

it('a clause whose audio is still coming is longer than what came of it', () => {
  ledger.add('Ten words would take some three and a half seconds.');
  ledger.addAudio(2, samples(350), false);
  const heard = { text: 'It is noon, and the sun is high. Ten', estimated: true };
  expect(played(1_950)).toEqual(heard);
  // The voice failed there: what was played of it is all that will ever be.
  expect(played(1_950, { complete: true })).toEqual(heard);
});

it('audio of a clause that nobody asked for is nothing', () => {
  ledger.addAudio(7, samples(500), true);
  expect(played(600).text).toBe('It is noon,');
});

describe('a voice that tells when each word is spoken', () => {
  const word = (text: string, startMs: number, endMs: number) => ({ text, startMs, endMs });

  beforeEach(() => {
    ledger.add('At 12, "she" said: no!');
    // Long before its share of the audio would say so, most of the clause is spoken.
    ledger.addAudio(2, samples(500), false, [word('At', 10, 100), word('twelve', 120, 200)]);
    ledger.addAudio(2, samples(500), true, [
      word('she', 210, 300),
      word('said', 310, 400),
      word('no', 900, 990),
    ]);
  });

  it.each([
    [80, ''],
    [100, 'At'],
    // It is not known where in the text "twelve" stands.
    [200, 'At'],
    [299, 'At'],
    [300, 'At 12, "she"'],
    [980, 'At 12, "she" said:'],
    [1_000, 'At 12, "she" said: no!'],
  ])('was heard to the word: after %i ms "%s"', (ms, text) => {
    const before = 'It is noon, and the sun is high.';
    const heard = { text: text ? `${before} ${text}` : before, estimated: false };
    expect(played(1_600 + ms)).toEqual(heard);
  });

  it('was heard as far as its words are known when it breaks off', () => {
    ledger.add('And then the lights went out.');
    ledger.addAudio(3, samples(300), false, [word('And', 0, 150), word('then', 160, 310)]);
    expect(played(2_900, { complete: true })).toEqual({
      text: 'It is noon, and the sun is high. At 12, "she" said: no! And',
      estimated: false,
    });
  });
});
