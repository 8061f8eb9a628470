/** Bytes of 16-bit PCM, cut anywhere, as whole samples: a network splits where it likes. */
import { bytesToPcm } from '../../audio/pcm.ts';

export class PcmJoiner {
  /** The first half of a sample whose second half has not come. */
  #half: number | null = null;

  /** All whole samples so far that were not given before; own memory. */
  push(bytes: Uint8Array): Int16Array {
    const carried = this.#half === null ? 0 : 1;
    const whole = new Uint8Array(bytes.length + carried);
    if (this.#half !== null) whole[0] = this.#half;
    whole.set(bytes, carried);
    const odd = whole.length % 2 === 1;
    this.#half = odd ? whole[whole.length - 1]! : null;
    return bytesToPcm(whole);
  }
}
