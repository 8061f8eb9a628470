/** Voice activity detection with the Silero model, on the main thread: 0.1 ms a frame. */
import { FRAME_SAMPLES } from '../../audio/pcm.ts';
import { ParleyError } from '../../base/errors.ts';
import { type SherpaVad, sherpaVadFactory } from './silero/sherpa.ts';
import type { VadPool, VadSession, VoiceActivityDetector } from './vad.ts';

/** Detectors that exist once the model is loaded. */
const READY_DETECTORS = 2;
/** A detector takes about 15 MB; given-back ones above this number are dropped. */
const MAX_IDLE = 32;
/**
 * The library keeps the samples of the stretch it hears and copies them all at every window. After 5 s of speech the
 * stretch is ended by force, so that neither memory nor time grows while somebody talks.
 */
const FLUSH_AFTER_FRAMES = 250;
/** After a forced end it takes the library up to two frames to confirm the speech again. */
const HOLD_FRAMES = 2;

export function createEmbeddedSilero(): VoiceActivityDetector {
  return {
    name: 'embedded',
    async load() {
      try {
        const pool = new DetectorPool(sherpaVadFactory());
        pool.reserve(READY_DETECTORS);
        return pool;
      } catch (cause) {
        throw new ParleyError('The voice activity detector could not be loaded', {
          code: 'VAD_UNAVAILABLE',
          remedy: 'Run `npm ci` on a 64-bit Linux, macOS or Windows machine, then start again.',
          cause,
        });
      }
    },
  };
}

class DetectorPool implements VadPool {
  readonly #make: () => SherpaVad;
  #idle: SherpaVad[] = [];

  constructor(make: () => SherpaVad) {
    this.#make = make;
  }

  take(): VadSession {
    const detector = this.#idle.pop() ?? this.#create();
    return new DetectorSession(detector, () => this.#giveBack(detector));
  }

  reserve(count: number): void {
    while (this.#idle.length < count) this.#idle.push(this.#create());
  }

  close(): void {
    this.#idle = [];
  }

  #create(): SherpaVad {
    const detector = this.#make();
    // The first window is several times slower than the rest; it is spent here.
    detector.acceptWaveform(new Float32Array(2 * FRAME_SAMPLES));
    detector.reset();
    return detector;
  }

  #giveBack(detector: SherpaVad): void {
    if (this.#idle.length < MAX_IDLE) this.#idle.push(detector);
  }
}

class DetectorSession implements VadSession {
  readonly #giveBack: () => void;
  #detector: SherpaVad | null;
  #confirmedFrames = 0;
  #holdFrames = 0;

  constructor(detector: SherpaVad, giveBack: () => void) {
    this.#detector = detector;
    this.#giveBack = giveBack;
  }

  accept(frame: Int16Array): boolean {
    const detector = this.#detector;
    if (!detector) return false;
    detector.acceptWaveform(Float32Array.from(frame, (sample) => sample / 32_768));
    const confirmed = detector.isDetected() || this.#holdFrames > 0;
    this.#holdFrames = Math.max(0, this.#holdFrames - 1);
    this.#confirmedFrames = confirmed ? this.#confirmedFrames + 1 : 0;
    if (this.#confirmedFrames >= FLUSH_AFTER_FRAMES) {
      detector.flush();
      this.#confirmedFrames = 0;
      this.#holdFrames = HOLD_FRAMES;
    }
    while (!detector.isEmpty()) detector.pop();
    return confirmed;
  }

  reset(): void {
    this.#detector?.reset();
    this.#confirmedFrames = 0;
    this.#holdFrames = 0;
  }

  close(): void {
    if (!this.#detector) return;
    this.reset();
    this.#detector = null;
    this.#giveBack();
  }
}
