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

/** The only place in the product that reads the machine's clock or its timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(delayMs, fn) {
    const handle = setTimeout(fn, Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
};
