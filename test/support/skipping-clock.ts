/** The machine's clock, with a way to skip time: for rules that count in minutes, while real packets flow. */
import type { Clock, Timer } from '../../src/base/clock.ts';
import { settle } from './virtual-clock.ts';

interface Entry {
  dueMs: number;
  order: number;
  fn: () => void;
  handle: NodeJS.Timeout | null;
}

export class SkippingClock implements Clock {
  readonly #timers = new Set<Entry>();
  readonly #changed: () => void;
  readonly #earlyMs: number;
  #skippedMs = 0;
  #order = 0;

  /**
   * @param changed called when a timer has fired or was cancelled.
   * @param earlyMs how much too early timers fire, as the machine's own may by a part of a millisecond.
   */
  constructor(changed: () => void = () => undefined, earlyMs = 0) {
    this.#changed = changed;
    this.#earlyMs = earlyMs;
  }

  /** Real milliseconds plus those that were skipped. */
  now(): number {
    return performance.now() + this.#skippedMs;
  }

  setTimer(delayMs: number, fn: () => void): Timer {
    const dueMs = this.now() + Math.max(0, delayMs);
    const entry: Entry = { dueMs, order: this.#order++, fn, handle: null };
    this.#timers.add(entry);
    this.#arm(entry);
    return { cancel: () => this.#drop(entry) };
  }

  /** How many timers are set: 0 when everything that used this clock has been stopped. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Moves on by `ms` at once: timers that fall due on the way, those included that are set on the way, fire in order
   * and see their own instants; promises settle in between. Resolves when the skipped span is over.
   */
  async skip(ms: number): Promise<void> {
    const untilMs = this.now() + ms;
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#moveTo(next.dueMs);
      this.#fire(next);
      await settle();
    }
    this.#moveTo(untilMs);
    for (const entry of this.#timers) this.#arm(entry);
    await settle();
  }

  #moveTo(atMs: number): void {
    this.#skippedMs = Math.max(this.#skippedMs, atMs - performance.now());
  }

  #next(untilMs: number): Entry | undefined {
    const due = [...this.#timers].filter(({ dueMs }) => dueMs <= untilMs);
    return due.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
  }

  #arm(entry: Entry): void {
    if (entry.handle) clearTimeout(entry.handle);
    entry.handle = setTimeout(() => this.#fire(entry), Math.max(0, entry.dueMs - this.now() - this.#earlyMs));
  }

  #fire(entry: Entry): void {
    this.#drop(entry);
    entry.fn();
  }

  #drop(entry: Entry): void {
    this.#timers.delete(entry);
    if (entry.handle) clearTimeout(entry.handle);
    entry.handle = null;
    this.#changed();
  }
}
