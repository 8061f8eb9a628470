/** Detectors are lent to those who make a sound, made one at a time, and never more of them than there are talkers. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FRAME_SAMPLES } from '../../../src/audio/pcm.ts';
import { silentLog } from '../../../src/base/log.ts';
import { DetectorPool, POOL_DEFAULTS, type PoolSettings } from '../../../src/providers/vad/detector-pool.ts';
import type { VadSession } from '../../../src/providers/vad/vad.ts';
import { type FakeDetector, fakeDetector } from '../../support/fake-detector.ts';
import { tone } from '../../support/tone.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const QUIET = new Int16Array(FRAME_SAMPLES);
const LOUD = tone(20);
const { atStart, spare, makeEveryMs, staleMs } = POOL_DEFAULTS;

let clock: VirtualClock;
let made: FakeDetector[];
let madeAtMs: number[];
let pool: DetectorPool;
let warnings: string[];

function open(settings: PoolSettings = POOL_DEFAULTS): void {
  const log = { ...silentLog, warn: (_: unknown, text: string) => warnings.push(text) };
  const make = () => {
    const detector = fakeDetector();
    made.push(detector);
    madeAtMs.push(clock.now());
    return detector;
  };
  pool = new DetectorPool({ make, clock, log: log as unknown as typeof silentLog, settings });
}

beforeEach(() => {
  clock = new VirtualClock();
  [made, madeAtMs, warnings] = [[], [], []];
  open();
});
afterEach(() => {
  pool.close();
  expect(clock.pending).toBe(0);
});

const take = (count: number): VadSession[] => Array.from({ length: count }, () => pool.take());
const quiet = (session: VadSession, frames: number) => {
  for (let i = 0; i < frames; i++) session.accept(QUIET);
};

it('makes none for those who listen, nor for those whose rooms hum', async () => {
  const crowd = take(25);
  for (let i = 0; i < 50; i++) {
    for (const session of crowd) expect(session.accept(tone(20, { amplitude: 0.001 }))).toBe(false);
    await clock.advance(20);
  }
  expect(pool.size).toBe(atStart);
  expect(made.every(({ heardSamples }) => heardSamples === 0)).toBe(true);
});

it('lends one at the first sound, with what came just before', () => {
  const session = pool.take();
  quiet(session, 100);
  expect(session.accept(LOUD)).toBe(true);
  const lent = made.filter(({ heardSamples }) => heardSamples > 0);
  expect(lent.map(({ heardSamples }) => heardSamples)).toEqual([8 * FRAME_SAMPLES]);
});

it('takes it back once its speaker is quiet, and lends it to the next', () => {
  for (let i = 0; i < 50; i++) {
    const session = pool.take();
    expect(session.accept(LOUD)).toBe(true);
    quiet(session, 20);
  }
  expect(pool.size).toBe(atStart);
  expect(made.filter(({ lent }) => lent)).toEqual([]);
});

it('does not take it away in the middle of speech, nor in a short pause', () => {
  const session = pool.take();
  session.accept(LOUD);
  quiet(session, 9);
  expect(session.accept(LOUD)).toBe(true);
  expect(made.filter(({ heardSamples }) => heardSamples > 0)).toHaveLength(1);
});

it('hears nothing of the speaker before', () => {
  const [ann, ben] = [pool.take(), pool.take()];
  ann.accept(LOUD);
  ann.close();
  quiet(ben, 3);
  ben.accept(LOUD);
  expect(made.find(({ heardSamples }) => heardSamples > 0)?.heardSamples).toBe(4 * FRAME_SAMPLES);
});

it('makes none while a few talk at once', async () => {
  const talkers = take(atStart - spare);
  for (let i = 0; i < 100; i++) {
    for (const session of talkers) expect(session.accept(LOUD)).toBe(true);
    await clock.advance(20);
  }
  expect(pool.size).toBe(atStart);
});

it('makes more one at a time, with pauses, when many begin at once', async () => {
  const crowd = take(12);
  const confirmed = () => crowd.filter((session) => session.accept(LOUD)).length;
  expect(confirmed()).toBe(atStart);
  for (let i = 0; i < 200; i++) {
    await clock.advance(20);
    confirmed();
  }
  expect(confirmed()).toBe(12);
  expect(pool.size).toBe(12 + spare);
  const later = madeAtMs.slice(atStart);
  for (const [i, atMs] of later.entries()) {
    expect(atMs - (later[i - 1] ?? madeAtMs[0]!)).toBeGreaterThanOrEqual(makeEveryMs);
  }
});

it('never makes more than its bound, says so once, and goes on as soon as somebody is quiet', async () => {
  pool.close();
  open({ ...POOL_DEFAULTS, atStart: 3, most: 4 });
  const crowd = take(6);
  for (let i = 0; i < 100; i++) {
    for (const session of crowd) session.accept(LOUD);
    await clock.advance(20);
  }
  expect(pool.size).toBe(4);
  expect(warnings).toEqual(['more people talk at once than can be heard']);
  const unheard = crowd.find((session) => !session.accept(LOUD))!;
  const heard = crowd.find((session) => session.accept(LOUD))!;
  heard.close();
  expect(unheard.accept(LOUD)).toBe(true);
});

it('takes a detector back from somebody whose packets have stopped', async () => {
  pool.close();
  open({ ...POOL_DEFAULTS, atStart: 1, most: 1 });
  const [gone, next] = take(2);
  gone!.accept(LOUD);
  expect(next!.accept(LOUD)).toBe(false);
  await clock.advance(staleMs + 1);
  expect(next!.accept(LOUD)).toBe(true);
  expect(pool.size).toBe(1);
  // Who comes back is a newcomer.
  next!.close();
  expect(gone!.accept(LOUD)).toBe(true);
});

it('does not keep for ever what a crowd once needed', async () => {
  const crowd = take(20);
  for (let i = 0; i < 300; i++) {
    for (const session of crowd) session.accept(LOUD);
    await clock.advance(20);
  }
  expect(pool.size).toBeGreaterThanOrEqual(20);
  for (const session of crowd) session.close();
  expect(pool.size).toBe(POOL_DEFAULTS.keep);
});
