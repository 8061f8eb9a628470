/** Dates speech: energy says when a frame is loud, the detector says whether it is speech, confirmation backdates. */
import { VOICED_DBFS, VOICED_OVER_NOISE_DB } from '../audio/energy.ts';

export interface VoicedListener {
  /** A loud frame, not (yet) confirmed to be speech, after quiet. */
  onOnset(atMs: number): void;
  /** Speech is confirmed; its first voiced frame arrived at `startedMs`. */
  onStarted(startedMs: number): void;
  onVoiced(voicedMs: number): void;
}

/** Loud frames that nothing confirms for this long were not speech. The detector needs up to 176 ms. */
const CONFIRM_WITHIN_MS = 200;
/** The floor follows quieter frames at once and rises slowly, so that speech does not lift it. */
const FLOOR_FALL = 0.3;
const FLOOR_RISE_DB = 0.05;
const FLOOR_MIN_DBFS = -70;
const FLOOR_MAX_DBFS = -35;
const FLOOR_START_DBFS = -60;

export class VoicedTracker {
  readonly #listener: VoicedListener;
  #noiseFloorDbfs = FLOOR_START_DBFS;
  #confirmed = false;
  /** When the loud frames came that may yet be confirmed, oldest first: as many as fit into the time for that. */
  #unconfirmedMs: number[] = [];

  constructor(listener: VoicedListener) {
    this.#listener = listener;
  }

  get noiseFloorDbfs(): number {
    return this.#noiseFloorDbfs;
  }

  /** One 20 ms frame: its level, the detector's word as of this frame, and when its packet arrived. */
  accept(dbfs: number, speech: boolean, atMs: number): void {
    const loud = dbfs >= VOICED_DBFS && dbfs >= this.#noiseFloorDbfs + VOICED_OVER_NOISE_DB;
    if (!speech) this.#followNoise(dbfs);
    if (this.#confirmed && speech) {
      if (loud) this.#listener.onVoiced(atMs);
      return;
    }
    this.#unconfirmedMs = this.#unconfirmedMs.filter((loudMs) => atMs - loudMs <= CONFIRM_WITHIN_MS);
    if (loud) this.#onLoud(atMs);
    this.#confirmed = false;
    if (speech && this.#unconfirmedMs.length > 0) this.#confirm();
  }

  #onLoud(atMs: number): void {
    // What goes on after the detector has let go is no new sound.
    const fresh = this.#unconfirmedMs.length === 0 && !this.#confirmed;
    this.#unconfirmedMs.push(atMs);
    if (fresh) this.#listener.onOnset(atMs);
  }

  #confirm(): void {
    const [startedMs, lastMs] = [this.#unconfirmedMs[0]!, this.#unconfirmedMs.at(-1)!];
    this.#confirmed = true;
    this.#unconfirmedMs = [];
    this.#listener.onStarted(startedMs);
    this.#listener.onVoiced(lastMs);
  }

  #followNoise(dbfs: number): void {
    const gap = dbfs - this.#noiseFloorDbfs;
    const next = this.#noiseFloorDbfs + (gap < 0 ? gap * FLOOR_FALL : Math.min(gap, FLOOR_RISE_DB));
    this.#noiseFloorDbfs = Math.min(FLOOR_MAX_DBFS, Math.max(FLOOR_MIN_DBFS, next));
  }
}
