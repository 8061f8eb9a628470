/** Finds the first audible frame: the first at -45 dBFS or more that begins at least 60 ms of such sound. */
import { AUDIBLE_MIN_MS, rmsDbfs, VOICED_DBFS } from '../../audio/energy.ts';
import { FRAME_MS } from '../../audio/pcm.ts';

const FRAMES_NEEDED = AUDIBLE_MIN_MS / FRAME_MS;

export class AudibleWatch {
  readonly #onAudible: (atMs: number) => void;
  #firstMs = 0;
  #run = 0;

  /** @param onAudible called once, when the third frame of the run is sent, with the instant of the first. */
  constructor(onAudible: (atMs: number) => void) {
    this.#onAudible = onAudible;
  }

  accept(frame: Int16Array, atMs: number): void {
    if (this.#run >= FRAMES_NEEDED) return;
    if (rmsDbfs(frame) < VOICED_DBFS) {
      this.#run = 0;
      return;
    }
    if (this.#run === 0) this.#firstMs = atMs;
    this.#run += 1;
    if (this.#run === FRAMES_NEEDED) this.#onAudible(this.#firstMs);
  }
}
