/** Audio on its way to a socket: gathered into messages of a good size, and silence where there is nothing to say. */
import { concatPcm, SAMPLE_RATE } from '../../../audio/pcm.ts';
import type { Clock, Timer } from '../../../base/clock.ts';

export interface AudioLineOptions {
  clock: Clock;
  /** What a message holds, as long as there is no hurry. */
  messageMs: number;
  /** Nothing was sent for this long: a little silence is, so that the vendor does not hang up. */
  keepAliveAfterMs: number;
  /** And again so often. */
  keepAliveEveryMs: number;
  send(pcm: Int16Array): void;
}

/** Vendors refuse longer messages. */
const MOST_SAMPLES = SAMPLE_RATE;
const KEEP_ALIVE = new Int16Array(SAMPLE_RATE / 50);

const samplesOf = (ms: number): number => (ms * SAMPLE_RATE) / 1000;

export class AudioLine {
  readonly #options: AudioLineOptions;
  #waiting: Int16Array[] = [];
  #samples = 0;
  #idle: Timer | null = null;
  #closed = false;

  constructor(options: AudioLineOptions) {
    this.#options = options;
    this.#rest(options.keepAliveAfterMs);
  }

  /** Samples that were not sent yet. */
  get waiting(): number {
    return this.#samples;
  }

  write(pcm: Int16Array): void {
    if (this.#closed || pcm.length === 0) return;
    this.#waiting.push(pcm.slice());
    this.#samples += pcm.length;
    if (this.#samples < samplesOf(this.#options.messageMs)) return;
    this.#send(this.take());
  }

  /** What was not sent yet, for a message of the caller's. */
  take(): Int16Array {
    const rest = concatPcm(this.#waiting);
    this.#waiting = [];
    this.#samples = 0;
    if (!this.#closed) this.#rest(this.#options.keepAliveAfterMs);
    return rest;
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#samples > 0) this.#send(this.take());
  }

  close(): void {
    this.#closed = true;
    this.#idle?.cancel();
    this.#waiting = [];
  }

  #send(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length && !this.#closed; at += MOST_SAMPLES) {
      this.#options.send(pcm.subarray(at, at + MOST_SAMPLES));
    }
  }

  #rest(forMs: number): void {
    this.#idle?.cancel();
    this.#idle = this.#options.clock.setTimer(forMs, () => {
      if (this.#samples > 0) this.flush();
      else this.#options.send(KEEP_ALIVE);
      if (!this.#closed) this.#rest(this.#options.keepAliveEveryMs);
    });
  }
}
