/** How long the main thread is held up: what a listener would hear as a break in the voice. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock, Timer } from '../base/clock.ts';

export interface EventLoopDelay {
  p99Ms: number;
  maxMs: number;
}

export interface EventLoopWatch {
  /** The worst ten seconds of the last minute; null before the first sample. */
  read(): EventLoopDelay | null;
  stop(): void;
}

/** What counts the delays: of `perf_hooks`, in nanoseconds. */
export type DelayHistogram = Pick<
  ReturnType<typeof monitorEventLoopDelay>,
  'enable' | 'disable' | 'reset' | 'percentile' | 'max' | 'count'
>;

/** A timer of this period is timed; what it takes longer is the delay. */
const RESOLUTION_MS = 10;
const SLOT_MS = 10_000;
/** A minute, so that a collector that asks once a minute misses no stall. */
const SLOTS = 6;
const NS_PER_MS = 1e6;

export function watchEventLoop(
  clock: Clock,
  histogram: DelayHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS }),
): EventLoopWatch {
  const past: EventLoopDelay[][] = [];
  const delayMs = (ns: number) => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
  const current = (): EventLoopDelay[] =>
    histogram.count === 0
      ? []
      : [{ p99Ms: delayMs(histogram.percentile(99)), maxMs: delayMs(histogram.max) }];
  let timer: Timer;
  const next = () => {
    past.push(current());
    if (past.length >= SLOTS) past.shift();
    histogram.reset();
    timer = clock.setTimer(SLOT_MS, next);
  };
  histogram.enable();
  timer = clock.setTimer(SLOT_MS, next);
  return {
    read() {
      const slots = [...past, current()].flat();
      if (slots.length === 0) return null;
      return {
        p99Ms: Math.max(...slots.map(({ p99Ms }) => p99Ms)),
        maxMs: Math.max(...slots.map(({ maxMs }) => maxMs)),
      };
    },
    stop() {
      timer.cancel();
      histogram.disable();
    },
  };
}
