/**
 * Finds the first audible frame: the first at -45 dBFS or more that begins at least 60 ms of such sound. A frame is
 * judged as listeners hear it, which the codec delays: the end of the frame before, and most of this one.
 */
import { AUDIBLE_MIN_MS, rmsDbfsAcross, VOICED_DBFS } from '../../audio/energy.ts';
import { OPUS_DELAY_MS } from '../../audio/opus.ts';
import { FRAME_MS } from '../../audio/pcm.ts';

const FRAMES_NEEDED = AUDIBLE_MIN_MS / FRAME_MS;

export class AudibleWatch {
  readonly #onAudible: (atMs: number) => void;
  #firstMs = 0;
  #run = 0;
  #before: Int16Array | null = null;

  /** @param onAudible called once, when the third frame of the run is sent, with the instant of the first. */
  constructor(onAudible: (atMs: number) => void) {
    this.#onAudible = onAudible;
  }

  accept(frame: Int16Array, atMs: number): void {
    if (this.#run >= FRAMES_NEEDED) return;
    const before = this.#before ?? new Int16Array(frame.length);
    this.#before = frame;
    const heardFrom = frame.length * (1 - OPUS_DELAY_MS / FRAME_MS);
    if (rmsDbfsAcross(before, frame, heardFrom) < VOICED_DBFS) {
      this.#run = 0;
      return;
    }
    if (this.#run === 0) this.#firstMs = atMs;
    this.#run += 1;
    if (this.#run === FRAMES_NEEDED) this.#onAudible(this.#firstMs);
  }

  /** The listeners got silence in between: 60 ms of sound must begin anew. */
  interrupt(): void {
    if (this.#run >= FRAMES_NEEDED) return;
    this.#run = 0;
    this.#before = null;
  }
}
