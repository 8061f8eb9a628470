/** Calls out one frame every 20 ms on an absolute clock: lateness of one frame never moves the next. */
import { FRAME_MS } from '../../audio/pcm.ts';
import type { Clock, Timer } from '../../base/clock.ts';

/** Later than this the schedule is given up: sending the whole backlog at once would overrun the listeners' buffers. */
const MAX_BEHIND_MS = 100;

export class Pacer {
  readonly #clock: Clock;
  readonly #onTick: (atMs: number) => boolean;
  #timer: Timer | null = null;
  #dueMs = 0;
  #ticking = false;
  #wokenInTick = false;
  #restartedInTick = false;

  /** @param onTick may send one frame; true when the next tick is wanted, else the pacer rests until `wake`. */
  constructor(clock: Clock, onTick: (atMs: number) => boolean) {
    this.#clock = clock;
    this.#onTick = onTick;
  }

  /** Ticks at once when at rest, but never sooner than 20 ms after the tick before; no effect while running. */
  wake(): void {
    if (this.#ticking) this.#wokenInTick = true;
    if (this.#timer || this.#ticking) return;
    const now = this.#clock.now();
    if (now - this.#dueMs >= 0) this.#dueMs = now;
    if (this.#dueMs === now) this.#tick();
    else this.#schedule();
  }

  /**
   * Gives up the schedule for a new one, so that nothing late is made up for: ticks at once, but not before
   * `earliestMs`; from within a tick, 20 ms after that one.
   */
  restart(earliestMs: number): void {
    if (this.#ticking) {
      this.#restartedInTick = true;
      return;
    }
    const now = this.#clock.now();
    this.rest();
    this.#dueMs = Math.max(now, earliestMs);
    if (this.#dueMs === now) this.#tick();
    else this.#schedule();
  }

  rest(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimer(this.#dueMs - this.#clock.now(), () => this.#tick());
  }

  #tick(): void {
    const now = this.#clock.now();
    if (now - this.#dueMs > MAX_BEHIND_MS) this.#dueMs = now;
    this.#timer = null;
    this.#ticking = true;
    this.#wokenInTick = false;
    this.#restartedInTick = false;
    const goOn = this.#onTick(now);
    this.#ticking = false;
    if (!goOn && !this.#wokenInTick && !this.#restartedInTick) return;
    this.#dueMs = (this.#restartedInTick ? now : this.#dueMs) + FRAME_MS;
    this.#schedule();
  }
}
