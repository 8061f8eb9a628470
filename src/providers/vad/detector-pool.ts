/**
 * Lends detectors to those who make a sound and takes them back when they are quiet, so that a full room needs no more of
 * them than it has people who talk at once.
 */
import { rmsDbfs, VOICED_DBFS } from '../../audio/energy.ts';
import { SAMPLE_RATE } from '../../audio/pcm.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { SherpaVad } from './silero/sherpa.ts';
import type { VadPool, VadSession } from './vad.ts';

export const POOL_DEFAULTS = {
  /** Made before anybody is there, so that few rooms ever need more: making one blocks this thread for tens of ms. */
  atStart: 6,
  /** Kept free for those who begin to speak next; with fewer, more are made. */
  spare: 2,
  /** Never two without a pause in which packets and voices go on. */
  makeEveryMs: 250,
  /** Over all channels; each takes about 10 MB. Whoever begins to speak beyond that waits until one is free. */
  most: 32,
  /** Free ones above this number are dropped: a crowd that once talked at once must not cost memory for ever. */
  keep: 8,
  /** Somebody whose packets stopped in the middle of a word has no more need of the detector after this long. */
  staleMs: 1_000,
} as const;

export type PoolSettings = { readonly [K in keyof typeof POOL_DEFAULTS]: number };

export interface DetectorPoolOptions {
  make(): SherpaVad;
  clock: Clock;
  log: Log;
  settings?: PoolSettings;
}

/** Quieter sounds are none: 3 dB below what counts as voiced, as a frame is judged there over the border of two packets. */
const SOUND_DBFS = VOICED_DBFS - 3;
/** Frames from before the first sound that the detector is given as well: 160 ms, which it hears in under a millisecond. */
const LOOK_BACK_FRAMES = 8;
/** After so many quiet frames, 200 ms, a detector that confirms nothing is given back. */
const QUIET_FRAMES = 10;
/**
 * The library keeps the samples of the stretch it hears and copies them all at every window. After 5 s of speech the
 * stretch is ended by force, so that neither memory nor time grows while somebody talks.
 */
const FLUSH_AFTER_FRAMES = 250;
/** After a forced end it takes the library up to two frames to confirm the speech again. */
const HOLD_FRAMES = 2;
/** The first window is several times slower than the rest; it is spent when the detector is made. */
const WARM_UP_SAMPLES = SAMPLE_RATE / 25;

export class DetectorPool implements VadPool {
  readonly #options: DetectorPoolOptions;
  readonly #settings: PoolSettings;
  readonly #lent = new Set<Session>();
  #free: SherpaVad[] = [];
  #making: Timer | null = null;
  #short = false;
  #closed = false;

  /** Makes the first detectors at once, which blocks for tens of ms each. Throws what `make` throws. */
  constructor(options: DetectorPoolOptions) {
    this.#options = options;
    this.#settings = options.settings ?? POOL_DEFAULTS;
    while (this.#free.length < this.#settings.atStart) this.#free.push(this.#make());
  }

  /** How many detectors there are: lent and free. */
  get size(): number {
    return this.#lent.size + this.#free.length;
  }

  take(): VadSession {
    return new Session(this);
  }

  close(): void {
    this.#closed = true;
    this.#making?.cancel();
    this.#making = null;
    this.#free = [];
  }

  now(): number {
    return this.#options.clock.now();
  }

  /** A free detector, which is the session's until it gives it back; null when there is none yet. */
  lend(to: Session): SherpaVad | null {
    const detector = this.#free.pop() ?? this.#takeBack();
    if (detector) this.#lent.add(to);
    this.#growLater();
    return detector ?? null;
  }

  giveBack(from: Session, detector: SherpaVad): void {
    this.#lent.delete(from);
    this.#short = false;
    if (!this.#closed && this.#free.length < this.#settings.keep) this.#free.push(detector);
  }

  #make(): SherpaVad {
    const detector = this.#options.make();
    detector.acceptWaveform(new Float32Array(WARM_UP_SAMPLES));
    detector.reset();
    return detector;
  }

  /** From somebody whose packets have stopped. */
  #takeBack(): SherpaVad | undefined {
    for (const session of this.#lent) if (this.#isStale(session)) session.surrender();
    return this.#free.pop();
  }

  #isStale({ lastMs }: Session): boolean {
    return this.now() - lastMs > this.#settings.staleMs;
  }

  /** One by one, with pauses, until there are enough in reserve again. */
  #growLater(): void {
    const { spare, most, makeEveryMs } = this.#settings;
    if (this.#closed || this.#making || this.#free.length >= spare) return;
    if (this.size >= most) return this.#tellShortage();
    this.#making = this.#options.clock.setTimer(makeEveryMs, () => {
      this.#making = null;
      for (const session of this.#lent) if (this.#isStale(session)) session.surrender();
      if (this.#free.length < spare) this.#free.push(this.#make());
      this.#growLater();
    });
  }

  #tellShortage(): void {
    if (this.#short || this.#free.length > 0) return;
    this.#short = true;
    const remedy = 'Nothing, if it is rare; else serve fewer channels with this process.';
    this.#options.log.warn({ detectors: this.size, remedy }, 'more people talk at once than can be heard');
  }
}

/** One speaker's: holds a detector only while there is something to detect. */
class Session implements VadSession {
  readonly #pool: DetectorPool;
  #detector: SherpaVad | null = null;
  /** The latest frames, newest last: what a detector that comes later is given first. */
  #recent: Float32Array[] = [];
  /** Frames since the last sound. */
  #quietFrames = Number.POSITIVE_INFINITY;
  #confirmedFrames = 0;
  #holdFrames = 0;
  #closed = false;
  /** When the last frame came. */
  lastMs = 0;

  constructor(pool: DetectorPool) {
    this.#pool = pool;
  }

  accept(frame: Int16Array): boolean {
    if (this.#closed) return false;
    this.lastMs = this.#pool.now();
    this.#quietFrames = rmsDbfs(frame) >= SOUND_DBFS ? 0 : this.#quietFrames + 1;
    const samples = Float32Array.from(frame, (sample) => sample / 32_768);
    this.#recent.push(samples);
    if (this.#recent.length > LOOK_BACK_FRAMES) this.#recent.shift();
    if (this.#detector) return this.#judge(this.#detector, [samples]);
    if (this.#quietFrames >= LOOK_BACK_FRAMES) return false;
    this.#detector = this.#pool.lend(this);
    return this.#detector !== null && this.#judge(this.#detector, this.#recent);
  }

  reset(): void {
    this.surrender();
    this.#recent = [];
    this.#quietFrames = Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.reset();
    this.#closed = true;
  }

  /** Gives the detector back, forgetful of what it heard. */
  surrender(): void {
    const detector = this.#detector;
    this.#detector = null;
    this.#confirmedFrames = 0;
    this.#holdFrames = 0;
    if (!detector) return;
    detector.reset();
    this.#pool.giveBack(this, detector);
  }

  #judge(detector: SherpaVad, frames: readonly Float32Array[]): boolean {
    for (const samples of frames) detector.acceptWaveform(samples);
    const confirmed = detector.isDetected() || this.#holdFrames > 0;
    this.#holdFrames = Math.max(0, this.#holdFrames - 1);
    this.#confirmedFrames = confirmed ? this.#confirmedFrames + 1 : 0;
    if (this.#confirmedFrames >= FLUSH_AFTER_FRAMES) {
      detector.flush();
      this.#confirmedFrames = 0;
      this.#holdFrames = HOLD_FRAMES;
    }
    while (!detector.isEmpty()) detector.pop();
    if (!confirmed && this.#quietFrames >= QUIET_FRAMES) this.surrender();
    return confirmed;
  }
}
