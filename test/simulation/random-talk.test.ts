import { expect, it } from 'vitest';
import { playRandomTalk } from '../../src/simulation/random-talk.ts';
import { simulate } from '../../src/simulation/tally.ts';

/** About two seconds of work, on a machine that has nothing else to do. */
const ON_A_BUSY_MACHINE_MS = 120_000;

it('nothing that must hold is broken in a thousand conversations', { timeout: ON_A_BUSY_MACHINE_MS }, () => {
  const { tally, violations } = simulate(1, 1_000);
  expect(violations).toEqual([]);
  expect(tally).toMatchObject({ conversations: 1_000, violations: 0 });
  expect(tally.answered + tally.unanswered).toBe(tally.turns);
  // A bit of everything happens; were it not so, nothing would have been tried.
  const { turns, bargeIns, resumes, overheard, speculationHits, unanswered, faultsInjected } = tally;
  expect(turns).toBeGreaterThan(3_000);
  for (const count of [bargeIns, resumes, overheard, speculationHits, unanswered, faultsInjected]) {
    expect(count).toBeGreaterThan(100);
  }
});

it('the same seed is the same conversation', () => {
  const [first, second] = [playRandomTalk(7), playRandomTalk(7)];
  expect(second.room.recording.events).toEqual(first.room.recording.events);
  expect(second.room.recording.turns.map(({ heard }) => heard)).toEqual(
    first.room.recording.turns.map(({ heard }) => heard),
  );
  expect(playRandomTalk(8).room.recording.events).not.toEqual(first.room.recording.events);
});
