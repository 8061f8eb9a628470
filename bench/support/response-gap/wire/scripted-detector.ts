/** A detector that switches on and off as drawn, however the speech sounds. */
import type { Clock } from '../../../../src/base/clock.ts';
import type { VadPool } from '../../../../src/providers/vad/vad.ts';
import type { ScriptedTurn } from '../script.ts';
import type { TurnDraws } from '../turn-draws.ts';

/** Frames come up to so much off their time. */
const TOLERANCE_MS = 5;

export class ScriptedDetector {
  readonly #clock: Clock;
  #speech: { onMs: number; offMs: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly pool: VadPool = {
    take: () => ({ accept: () => this.#hearsSpeech, reset() {}, close() {} }),
    close() {},
  };

  /** The turn's first frame comes at `startMs`. */
  take({ segments }: ScriptedTurn, draws: TurnDraws, startMs: number): void {
    this.#speech = segments.map((segment, i) => ({
      onMs: startMs + segment.startMs + draws.vadOn(i) - TOLERANCE_MS,
      offMs: startMs + segment.endMs + draws.vadOff(i),
    }));
  }

  get #hearsSpeech(): boolean {
    const now = this.#clock.now();
    return this.#speech.some(({ onMs, offMs }) => onMs <= now && now <= offMs);
  }
}
