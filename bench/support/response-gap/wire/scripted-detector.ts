/** A detector that switches on and off as drawn, however the speech sounds. */
import { FRAME_MS } from '../../../../src/audio/pcm.ts';
import type { VadPool } from '../../../../src/providers/vad/vad.ts';
import type { ScriptedTurn } from '../script.ts';
import type { TurnDraws } from '../turn-draws.ts';

/** Instants are sums: they are off by a little. */
const TOLERANCE_MS = 5;

export class ScriptedDetector {
  #speech: { onMs: number; offMs: number }[] = [];
  /** Of the next frame, in ms from the arrival of the turn's first one: when it was due, however late it comes. */
  #frameMs = 0;

  readonly pool: VadPool = {
    take: () => ({ accept: () => this.#hearsSpeech(), reset() {}, close() {} }),
    close() {},
  };

  take({ segments }: ScriptedTurn, draws: TurnDraws): void {
    this.#speech = segments.map((segment, i) => ({
      onMs: segment.startMs + draws.vadOn(i) - TOLERANCE_MS,
      offMs: segment.endMs + draws.vadOff(i),
    }));
  }

  /** What comes next was due then, with all that follows at the pace of frames. */
  next(atMs: number): void {
    this.#frameMs = atMs;
  }

  #hearsSpeech(): boolean {
    const atMs = this.#frameMs;
    this.#frameMs += FRAME_MS;
    return this.#speech.some(({ onMs, offMs }) => onMs <= atMs && atMs <= offMs);
  }
}
