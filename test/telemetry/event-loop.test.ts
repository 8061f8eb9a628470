/** How the worst stall of the last minute is kept, under virtual time; and that a real stall is seen. */
import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type DelayHistogram, watchEventLoop } from '../../src/telemetry/event-loop.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** Measures what it is told to have measured. */
function toldHistogram() {
  let values: number[] = [];
  const histogram: DelayHistogram = {
    enable: () => true,
    disable: () => true,
    reset: () => {
      values = [];
    },
    percentile: () => Math.max(...values) * 1e6,
    get max() {
      return Math.max(...values) * 1e6;
    },
    get count() {
      return values.length;
    },
  };
  /** A timer of 10 ms took so long. */
  return { histogram, took: (ms: number) => values.push(ms) };
}

it('keeps the worst for a minute, and no longer', async () => {
  const clock = new VirtualClock();
  const { histogram, took } = toldHistogram();
  const watch = watchEventLoop(clock, histogram);
  expect(watch.read()).toBeNull();
  took(10.4);
  expect(watch.read()?.maxMs).toBeCloseTo(0.4);
  took(55);
  await clock.advance(10_000);
  took(12);
  expect(watch.read()?.maxMs).toBeCloseTo(45);
  await clock.advance(49_999);
  expect(watch.read()?.p99Ms).toBeCloseTo(45);
  await clock.advance(1);
  expect(watch.read()?.maxMs).toBeCloseTo(2);
  watch.stop();
  expect(clock.pending).toBe(0);
});

it('is never below nothing', () => {
  const { histogram, took } = toldHistogram();
  const watch = watchEventLoop(new VirtualClock(), histogram);
  took(9.1);
  expect(watch.read()).toEqual({ p99Ms: 0, maxMs: 0 });
});

it('sees a real stall', async () => {
  const watch = watchEventLoop(systemClock);
  const samples = async () => {
    while (!watch.read()) await new Promise((resolve) => setImmediate(resolve));
  };
  await samples();
  const untilMs = performance.now() + 60;
  while (performance.now() < untilMs);
  while (watch.read()!.maxMs < 40) await new Promise((resolve) => setImmediate(resolve));
  expect(watch.read()!.maxMs).toBeGreaterThanOrEqual(40);
  watch.stop();
});
