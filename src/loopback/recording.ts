/** Sound on a time line: frames with the moment each was sent or arrived, bounded, and rendered as one stretch of PCM. */
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from './level.ts';

/** Ten minutes. */
const FRAMES_KEPT = 30_000;
/** A frame this far from the end of the one before starts a new stretch; less is jitter and is joined seamlessly. */
const JITTER_MS = 60;

export class Recording {
  #frames: { atMs: number; pcm: Int16Array }[] = [];

  add(atMs: number, pcm: Int16Array): void {
    this.#frames.push({ atMs, pcm });
    if (this.#frames.length > FRAMES_KEPT * 1.1) this.#frames = this.#frames.slice(-FRAMES_KEPT);
  }

  /** Mixes what lies between two moments (performance.now) into `target`, whose first sample is at `fromMs`. */
  mixInto(target: Int16Array, fromMs: number): void {
    let expectedMs = Number.NEGATIVE_INFINITY;
    for (const { atMs, pcm } of this.#frames) {
      const placedMs = Math.abs(atMs - expectedMs) < JITTER_MS ? expectedMs : atMs;
      expectedMs = placedMs + FRAME_MS;
      const start = Math.round(((placedMs - fromMs) * SAMPLE_RATE) / 1000);
      if (start >= target.length || start <= -FRAME_SAMPLES) continue;
      for (let i = Math.max(0, -start); i < pcm.length && start + i < target.length; i++) {
        const sum = (target[start + i] ?? 0) + (pcm[i] ?? 0);
        target[start + i] = Math.max(-32_768, Math.min(32_767, sum));
      }
    }
  }

  /** 16 kHz mono PCM from `fromMs` to `toMs`, with silence where nothing was. */
  render(fromMs: number, toMs: number): Int16Array {
    const target = new Int16Array(Math.max(0, Math.round(((toMs - fromMs) * SAMPLE_RATE) / 1000)));
    this.mixInto(target, fromMs);
    return target;
  }
}
