/** Watches for the times when a speaker sends nothing: recognisers hear silence then, for a while, and are let go at last. */
import { SAMPLE_RATE } from '../../../audio/pcm.ts';
import type { Clock, Timer } from '../../../base/clock.ts';

export interface QuietWatchOptions {
  clock: Clock;
  /** Discord sends nothing in silence, but recognisers need to hear it to settle what they have. */
  onSilence(pcm: Int16Array): void;
  /** Nothing was said for a minute. */
  onLong(): void;
}

const EVERY_MS = 100;
/** Longer than any gate: by then the turn has ended. */
const FED_MS = 3_000;
const LONG_MS = 60_000;
const SILENCE = new Int16Array((EVERY_MS * SAMPLE_RATE) / 1000);

export class QuietWatch {
  readonly #options: QuietWatchOptions;
  #heardMs = 0;
  #timer: Timer | null = null;
  /** The timer waits for the end of a long silence. */
  #resting = false;
  #stopped = false;

  constructor(options: QuietWatchOptions) {
    this.#options = options;
  }

  /** The speaker sent something. */
  heard(): void {
    this.#heardMs = this.#options.clock.now();
    // The timer that is set finds out by itself, unless it is a long one.
    if (this.#timer && !this.#resting) return;
    this.#set(EVERY_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #set(afterMs: number): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#resting = afterMs > EVERY_MS;
    this.#timer = this.#options.clock.setTimer(afterMs, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timer = null;
    const quietMs = this.#options.clock.now() - this.#heardMs;
    if (quietMs < EVERY_MS) return this.#set(EVERY_MS - quietMs);
    if (quietMs >= LONG_MS) return this.#options.onLong();
    if (quietMs > FED_MS) return this.#set(LONG_MS - quietMs);
    this.#set(EVERY_MS);
    this.#options.onSilence(SILENCE);
  }
}
