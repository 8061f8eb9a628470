/** How late packets of one speaker came that others had overtaken: what a hole is worth waiting for. */
import { EARS_DEFAULTS } from './defaults.ts';

interface Sample {
  lateMs: number;
  /** The count of packets when it came. */
  at: number;
}

const { maxWaitMs, waitQuantile, memoryPackets, memorySamples } = EARS_DEFAULTS;

export class Lateness {
  /** Oldest first. */
  readonly #samples: Sample[] = [];
  #packets = 0;

  /**
   * One packet came. `lateMs` is how long before it the first of those came that were sent after it, 0 when none was.
   * What came too late for the longest wait teaches nothing: waiting for its like would be in vain.
   */
  note(lateMs: number): void {
    this.#packets += 1;
    if (lateMs > 0 && lateMs <= maxWaitMs) this.#samples.push({ lateMs, at: this.#packets });
    const oldest = this.#samples[0];
    const forgotten = oldest && this.#packets - oldest.at > memoryPackets;
    if (forgotten || this.#samples.length > memorySamples) this.#samples.shift();
  }

  /**
   * How long packets behind a hole wait for what is missing. 0 as long as packets come in order: then what is missing
   * is lost. Never longer than packets were seen to be late a moment ago, and never longer than the maximum.
   */
  get waitMs(): number {
    if (this.#samples.length === 0) return 0;
    const sorted = this.#samples.map(({ lateMs }) => lateMs).sort((a, b) => a - b);
    return sorted[Math.ceil(waitQuantile * sorted.length) - 1] ?? 0;
  }
}
