/** How often a bot may identify: so many times a day, and by shards only so many at once within five seconds. */

export interface IdentifyLimitOptions {
  /** Identifies a day. */
  total: number;
  /** Identifies per window, one for each remainder of the shard's number. */
  maxConcurrency: number;
  windowMs: number;
}

const DAY_MS = 86_400_000;

export class IdentifyLimit {
  readonly #options: IdentifyLimitOptions;
  readonly #dayEndsMs = performance.now() + DAY_MS;
  readonly #lastMs = new Map<number, number>();
  #remaining: number;

  constructor(options: IdentifyLimitOptions) {
    this.#options = options;
    this.#remaining = options.total;
  }

  /** `session_start_limit` of GET /gateway/bot. */
  json(): Record<string, number> {
    const { total, maxConcurrency } = this.#options;
    const resetAfter = Math.max(0, Math.round(this.#dayEndsMs - performance.now()));
    return { total, remaining: this.#remaining, reset_after: resetAfter, max_concurrency: maxConcurrency };
  }

  /** One identify of a shard. `spent` when the day's are used up, `tooFast` when it must wait, else null. */
  take(shardId: number): 'spent' | 'tooFast' | null {
    if (this.#remaining <= 0) return 'spent';
    this.#remaining -= 1;
    const bucket = shardId % this.#options.maxConcurrency;
    const now = performance.now();
    const last = this.#lastMs.get(bucket);
    if (last !== undefined && now - last < this.#options.windowMs) return 'tooFast';
    this.#lastMs.set(bucket, now);
    return null;
  }
}
