/** One utterance for a server that wants it whole: its audio until it is asked for, in pieces when it is long. */
import { rmsDbfs } from '../../../audio/energy.ts';
import { concatPcm, FRAME_SAMPLES, SAMPLE_RATE, samplesToMs } from '../../../audio/pcm.ts';

/** Whisper hears 30 s at once. */
const PIECE_MS = 24_000;
const MOST_MS = 29_000;
/** Quieter than any speech: recognisers invent words for silence. */
const HEARD_DBFS = -55;
/** Servers refuse less than 100 ms. */
const LEAST_SAMPLES = SAMPLE_RATE / 2;

export class Utterance {
  #pcm: Int16Array[] = [];
  #samples = 0;
  #heard = false;

  get empty(): boolean {
    return this.#samples === 0;
  }

  /** True when what there is should be asked for now, because more would be too much. */
  add(pcm: Int16Array): boolean {
    this.#pcm.push(pcm.slice());
    this.#samples += pcm.length;
    const loud = isHeard(pcm);
    this.#heard ||= loud;
    const ms = samplesToMs(this.#samples);
    return ms >= MOST_MS || (ms >= PIECE_MS && !loud);
  }

  /** All of it, at least half a second; null when there was nothing to hear. Begins anew. */
  take(): Int16Array | null {
    const pcm = concatPcm(this.#pcm);
    const heard = this.#heard;
    this.#pcm = [];
    this.#samples = 0;
    this.#heard = false;
    if (!heard) return null;
    const missing = Math.max(0, LEAST_SAMPLES - pcm.length);
    return missing > 0 ? concatPcm([pcm, new Int16Array(missing)]) : pcm;
  }
}

function isHeard(pcm: Int16Array): boolean {
  for (let at = 0; at < pcm.length; at += FRAME_SAMPLES) {
    const end = Math.min(pcm.length, at + FRAME_SAMPLES);
    if (rmsDbfs(pcm, at, end) >= HEARD_DBFS) return true;
  }
  return false;
}
