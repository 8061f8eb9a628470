/** PCM of one speech as 20 ms frames: leading silence trimmed, the last frame filled up with silence. */
import { firstSound } from '../../audio/energy.ts';
import { frameSamplesAt } from '../../audio/pcm.ts';

export class AnswerFrames {
  readonly #frameSamples: number;
  readonly #rate: number;
  #parts: Int16Array[] = [];
  /** Samples of the first part that are used up. */
  #offset = 0;
  #available = 0;
  #trimmed = 0;
  #trimming = true;
  #ended = false;

  /** @param rate of the PCM in Hz. */
  constructor(rate: number) {
    this.#frameSamples = frameSamplesAt(rate);
    this.#rate = rate;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Nothing is left and nothing more comes. */
  get exhausted(): boolean {
    return this.#ended && this.#available === 0;
  }

  /** Samples of leading silence that were dropped. */
  get trimmed(): number {
    return this.#trimmed;
  }

  write(pcm: Int16Array): void {
    if (pcm.length === 0 || this.#ended) return;
    this.#parts.push(pcm);
    this.#available += pcm.length;
    if (this.#trimming) this.#trim();
  }

  end(): void {
    this.#ended = true;
    if (this.#trimming) this.#drop(this.#available);
  }

  /** The next frame; null when there is none yet, or none any more. */
  next(): Int16Array | null {
    if (this.#trimming && !this.#ended) return null;
    if (this.#available >= this.#frameSamples) return this.#take(this.#frameSamples);
    return this.#ended && this.#available > 0 ? this.#take(this.#available) : null;
  }

  /** A new array of one frame: `count` samples, then zeros. */
  #take(count: number): Int16Array {
    const frame = new Int16Array(this.#frameSamples);
    for (let filled = 0; filled < count; ) {
      const part = this.#parts[0]!;
      const size = Math.min(count - filled, part.length - this.#offset);
      frame.set(part.subarray(this.#offset, this.#offset + size), filled);
      filled += size;
      this.#skip(size);
    }
    return frame;
  }

  #skip(count: number): void {
    this.#available -= count;
    let left = count;
    while (left > 0) {
      const rest = this.#parts[0]!.length - this.#offset;
      if (left < rest) {
        this.#offset += left;
        return;
      }
      left -= rest;
      this.#parts.shift();
      this.#offset = 0;
    }
  }

  /** Looks for the first sound in what has come so far; what lies well before it is dropped. */
  #trim(): void {
    let before = 0;
    for (const [index, part] of this.#parts.entries()) {
      const from = index === 0 ? this.#offset : 0;
      const sound = firstSound(part, this.#rate, from);
      if (sound !== -1) {
        this.#trimming = false;
        this.#drop(before + (sound - from));
        return;
      }
      before += part.length - from;
    }
    this.#drop(before);
  }

  #drop(count: number): void {
    this.#trimmed += count;
    this.#skip(count);
  }
}
