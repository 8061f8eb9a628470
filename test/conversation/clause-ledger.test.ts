/** The clause ledger: what was heard, from how long was played. */
import { beforeEach, expect, it } from 'vitest';
import { ClauseLedger } from '../../src/conversation/clause-ledger.ts';

const RATE = 24_000;
const samples = (ms: number) => (ms * RATE) / 1000;
let ledger: ClauseLedger;

beforeEach(() => {
  ledger = new ClauseLedger(RATE);
  ledger.add('It is noon,');
  ledger.add('and the sun is high.');
  ledger.addAudio(0, samples(600), true);
  ledger.addAudio(1, samples(500), false);
  ledger.addAudio(1, samples(500), true);
});

it.each([
  [0, ''],
  [100, ''],
  [200, 'It'],
  [400, 'It is'],
  [580, 'It is noon,'],
  [600, 'It is noon,'],
  [800, 'It is noon, and'],
  [1_200, 'It is noon, and the sun'],
  [1_600, 'It is noon, and the sun is high.'],
])('after %i ms was heard: "%s"', (playedMs, heard) => {
  ledger.played({ playedMs, complete: false });
  expect(ledger.heard()).toBe(heard);
});

it('all of it was heard when it was played to the end, though its silences were trimmed', () => {
  ledger.played({ playedMs: 1_200, complete: true });
  expect(ledger.heard()).toBe('It is noon, and the sun is high.');
});

it('a clause without audio was not heard, even when all there was was played', () => {
  ledger.add('Good day to you!');
  ledger.played({ playedMs: 1_600, complete: true });
  expect(ledger.heard()).toBe('It is noon, and the sun is high.');
});

it('a clause whose audio is still coming is longer than what came of it', () => {
  ledger.add('Ten words would take some three and a half seconds.');
  ledger.addAudio(2, samples(350), false);
  ledger.played({ playedMs: 1_950, complete: false });
  expect(ledger.heard()).toBe('It is noon, and the sun is high. Ten');
  // The voice failed there: what was played of it is all that will ever be.
  ledger.played({ playedMs: 1_950, complete: true });
  expect(ledger.heard()).toBe('It is noon, and the sun is high. Ten');
});

it('audio of a clause that nobody asked for is nothing', () => {
  ledger.addAudio(7, samples(500), true);
  ledger.played({ playedMs: 600, complete: false });
  expect(ledger.heard()).toBe('It is noon,');
});
