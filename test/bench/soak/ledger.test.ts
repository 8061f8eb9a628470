/** The ledger of the soak: an utterance counts as missed exactly when it was carried and no turn holds it. */
import { beforeEach, expect, it } from 'vitest';
import { Ledger, type SoakTurn } from '../../../bench/support/soak/ledger.ts';
import { TONES, transcriptOf } from '../../../bench/support/soak/tones.ts';

let ledger: Ledger;
beforeEach(() => {
  ledger = new Ledger();
});

/** Ada speaks for `ms`; returns the tone. */
function say(beganMs: number, ms = 500): number {
  const utterance = ledger.begin('ada', beganMs);
  utterance.endedMs = beganMs + ms;
  return utterance.tone;
}

const turn = (change: Partial<SoakTurn>): SoakTurn => ({
  ...{ speakerId: 'ada', outcome: 'answered', reason: null, transcript: '' },
  ...{ startedMs: 0, lastVoicedMs: 500 },
  ...change,
});

it('misses what no turn names', () => {
  const tones = [say(0), say(1_000)];
  ledger.add(turn({ transcript: transcriptOf([tones[1]!]) }));
  expect(ledger.missed.map(({ beganMs }) => beganMs)).toEqual([0]);
});

it('finds several utterances in one turn', () => {
  ledger.add(turn({ transcript: transcriptOf([say(0), say(1_000)]) }));
  expect(ledger.missed).toEqual([]);
});

it("does not take one speaker's words for another's", () => {
  const tone = say(0);
  ledger.add(turn({ speakerId: 'ben', transcript: transcriptOf([tone]) }));
  expect(ledger.missed).toHaveLength(1);
});

it('takes a tone that comes again for its last utterance', () => {
  for (let i = 0; i <= TONES; i++) say(1_000 * i);
  ledger.add(turn({ transcript: transcriptOf([0]) }));
  expect(ledger.missed.map(({ beganMs }) => beganMs)).not.toContain(1_000 * TONES);
  expect(ledger.missed.map(({ beganMs }) => beganMs)).toContain(0);
});

it('needs no words of a turn whose recogniser failed, but its time', () => {
  say(0);
  say(1_000);
  ledger.add(turn({ outcome: 'unanswered', reason: 'STT_TIMEOUT', startedMs: 20, lastVoicedMs: 480 }));
  expect(ledger.missed.map(({ beganMs }) => beganMs)).toEqual([1_000]);
});

it('needs the words of a turn that failed otherwise, or was answered', () => {
  say(0);
  ledger.add(turn({ outcome: 'unanswered', reason: 'LLM_FAILED' }));
  ledger.add(turn({}));
  expect(ledger.missed).toHaveLength(1);
});

it('does not miss what an outage swallowed, but what was long enough beside it', () => {
  ledger.outage(100, 900);
  say(0, 500);
  say(600, 550);
  expect(ledger.uncarried).toBe(1);
  expect(ledger.missed.map(({ beganMs }) => beganMs)).toEqual([600]);
});
