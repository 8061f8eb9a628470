/** Packets of senders that are not announced yet: the announcement comes by another way, and may be the slower one. */

export interface EarlyPacket {
  message: Buffer;
  arrivedMs: number;
}

/** 25 packets of a sender are 500 ms; what is older when the announcement comes is no longer worth hearing. */
const MAX_PACKETS = 25;
const MAX_AGE_MS = 500;
/** So many senders at once; a flood of numbers must not take memory. */
const MAX_SENDERS = 16;

export class EarlyPackets {
  readonly #bySsrc = new Map<number, EarlyPacket[]>();
  readonly #onDropped: (count: number) => void;

  /** @param onDropped hears of packets that nobody will hear. */
  constructor(onDropped: (count: number) => void) {
    this.#onDropped = onDropped;
  }

  /** Returns how many packets of this sender are kept now. */
  keep(ssrc: number, packet: EarlyPacket): number {
    const kept = this.#bySsrc.get(ssrc) ?? [];
    // Set anew, so that the map's order is that of the latest packets.
    this.#bySsrc.delete(ssrc);
    this.#bySsrc.set(ssrc, kept);
    kept.push(packet);
    if (kept.length > MAX_PACKETS) {
      kept.shift();
      this.#onDropped(1);
    }
    if (this.#bySsrc.size > MAX_SENDERS) this.#dropStalest();
    return kept.length;
  }

  /** The packets of this sender that are still fresh, in order of arrival; they are kept no longer. */
  take(ssrc: number, nowMs: number): EarlyPacket[] {
    const kept = this.#bySsrc.get(ssrc) ?? [];
    this.#bySsrc.delete(ssrc);
    const fresh = kept.filter(({ arrivedMs }) => nowMs - arrivedMs <= MAX_AGE_MS);
    if (fresh.length < kept.length) this.#onDropped(kept.length - fresh.length);
    return fresh;
  }

  #dropStalest(): void {
    for (const [ssrc, kept] of this.#bySsrc) {
      this.#bySsrc.delete(ssrc);
      this.#onDropped(kept.length);
      return;
    }
  }
}
