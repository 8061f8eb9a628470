/** The one source of time: milliseconds from a monotonic clock, and timers on the same clock. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  now(): number;
  /** Calls `fn` once, `delayMs` from now (at once for 0 or less), unless cancelled. */
  setTimer(delayMs: number, fn: () => void): Timer;
}

interface Held {
  dueMs: number;
  fn: () => void;
}

/** A timer that fires this late does so because the process was busy, or was not run at all. */
const LATE_MS = 10;
/** Timers that were late and wait until what arrived is read, the earliest first. */
const held: Held[] = [];

/**
 * The only place in the product that reads the machine's clock or its timers. After a time in which the process stood
 * still, what arrived meanwhile is read before any timer that is due fires: it may be what the timer would miss. Then
 * they fire in the order in which they were due, which those of Node do not.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(delayMs, fn) {
    const waitMs = Math.max(0, delayMs);
    const timer: Held = { dueMs: performance.now() + waitMs, fn };
    const timeout = setTimeout(() => {
      // Those that are due after one that waits must not overtake it.
      if (held.length === 0 && performance.now() - timer.dueMs < LATE_MS) fn();
      else hold(timer);
    }, waitMs);
    return {
      cancel: () => {
        clearTimeout(timeout);
        const at = held.indexOf(timer);
        if (at >= 0) held.splice(at, 1);
      },
    };
  },
};

function hold(timer: Held): void {
  held.splice(held.findLastIndex(({ dueMs }) => dueMs <= timer.dueMs) + 1, 0, timer);
  // One each, so that promises settle in between; one that was cancelled leaves its turn to nobody.
  setImmediate(() => held.shift()?.fn());
}
