import { expect, it } from 'vitest';
import { Schedule } from '../../src/simulation/schedule.ts';
import { seededRandom } from '../support/random.ts';

it('runs what is due in the order of instants, and of asking where they are the same', () => {
  const schedule = new Schedule();
  const ran: string[] = [];
  schedule.at(20, () => ran.push('b'));
  schedule.at(10, () => ran.push('a'));
  schedule.at(20, () => ran.push('c'));
  expect(schedule.run(100)).toBe(false);
  expect(ran).toEqual(['a', 'b', 'c']);
});

it('keeps the order of hundreds of instants', () => {
  const random = seededRandom(1);
  const schedule = new Schedule();
  const ran: number[] = [];
  for (let i = 0; i < 500; i++) {
    const dueMs = Math.floor(random() * 100);
    schedule.at(dueMs, () => ran.push(dueMs));
  }
  schedule.run(1_000);
  expect(ran).toHaveLength(500);
  expect(ran).toEqual(ran.toSorted((a, b) => a - b));
});

it('stops at an instant, goes on from there, and leaves out what was cancelled', () => {
  const schedule = new Schedule();
  const ran: string[] = [];
  schedule.at(10, () => ran.push(`a ${schedule.nowMs}`));
  const cancelled = schedule.at(20, () => ran.push('b'));
  schedule.at(30, () => ran.push(`c ${schedule.nowMs}`));
  cancelled.cancelled = true;
  expect(schedule.run(25)).toBe(true);
  expect(schedule.nowMs).toBe(25);
  // What is asked for in the past is due now.
  schedule.at(5, () => ran.push(`d ${schedule.nowMs}`));
  expect(schedule.run(100)).toBe(false);
  expect(ran).toEqual(['a 10', 'd 25', 'c 30']);
});
