/** Writes what is waiting at most so often, one after the other, and goes on trying while that fails. */
import type { Clock, Timer } from '../base/clock.ts';
import { type ParleyError, toParleyError } from '../base/errors.ts';
import type { Outage } from './outage.ts';

export interface SteadyWriterOptions {
  clock: Clock;
  outage: Outage;
  /** From the first that waits to the write. */
  everyMs: number;
  /** Something waits. */
  waiting(): boolean;
  /** Writes some of what waits; when it rejects, that waits again. */
  write(): Promise<void>;
}

const RETRY_MS = 1_000;
const RETRY_AT_MOST_MS = 30_000;

export class SteadyWriter {
  readonly #options: SteadyWriterOptions;
  #timer: Timer | null = null;
  #running: Promise<void> | null = null;
  #retryMs = RETRY_MS;
  #closed = false;

  constructor(options: SteadyWriterOptions) {
    this.#options = options;
  }

  /** To be called whenever something has begun to wait. Never throws. */
  wake(): void {
    if (this.#timer === null && this.#running === null) this.#in(this.#options.everyMs);
  }

  /** Writes all that waits now. Rejects with a ParleyError when that fails; it is tried again later all the same. */
  async flush(): Promise<void> {
    if (this.#running === null && !this.#options.waiting()) return;
    this.#running ??= this.#run();
    await this.#running;
  }

  /** The last attempt, as `flush`; nothing is tried afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  #in(delayMs: number): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      this.#timer = null;
      // Told by the outage.
      this.flush().catch(() => {});
    });
  }

  async #run(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    const { waiting, write, outage } = this.#options;
    try {
      let wrote = false;
      while (waiting()) {
        await write();
        wrote = true;
      }
      this.#running = null;
      this.#retryMs = RETRY_MS;
      if (wrote) outage.over(this);
    } catch (thrown) {
      const error = asStoreError(thrown);
      this.#running = null;
      this.#in(this.#retryMs);
      this.#retryMs = Math.min(RETRY_AT_MOST_MS, 2 * this.#retryMs);
      outage.failed(this, error);
      throw error;
    }
  }
}

const asStoreError = (thrown: unknown): ParleyError =>
  toParleyError(thrown, {
    code: 'STORE_FAILED',
    remedy: 'Start again; if it stays, please report this message.',
  });
