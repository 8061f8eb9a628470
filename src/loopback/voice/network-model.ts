/** A bad network in one direction: loses, delays, reorders, doubles and damages packets, the same for the same seed. */
import type { Random } from '../random.ts';
import type { Timers } from '../timers.ts';

export interface NetworkFaults {
  /** Share of packets that never arrive, 0 to 1. */
  lossRate: number;
  /** Each packet is delayed by 0 to this many ms, evenly spread. */
  jitterMs: number;
  /** Share of packets held back until after the next one (or 60 ms, if none follows). */
  reorderRate: number;
  /** Share of packets that arrive twice. */
  duplicateRate: number;
  /** Share of packets with one bit flipped. */
  corruptRate: number;
}

export const perfectNetwork = (): NetworkFaults => ({
  lossRate: 0,
  jitterMs: 0,
  reorderRate: 0,
  duplicateRate: 0,
  corruptRate: 0,
});

const HELD_AT_MOST_MS = 60;
/** Damage lies behind the header, so that the packet still belongs to its stream. */
const FIRST_DAMAGED_BYTE = 16;

export class NetworkModel {
  readonly #faults: NetworkFaults;
  readonly #random: Random;
  readonly #timers: Timers;
  #corruptNext = 0;
  #held: { flush(): void } | null = null;

  constructor(faults: NetworkFaults, random: Random, timers: Timers) {
    this.#faults = faults;
    this.#random = random;
    this.#timers = timers;
  }

  /** Damages the next `count` packets, whatever the rate says. */
  corruptNext(count: number): void {
    this.#corruptNext += count;
  }

  /** Carries one packet: calls `deliver` never, once or twice, now or later. */
  carry(packet: Buffer, deliver: (packet: Buffer) => void): void {
    const faults = this.#faults;
    if (this.#happens(faults.lossRate)) return;
    const damaged = this.#corruptNext > 0 || this.#happens(faults.corruptRate);
    if (this.#corruptNext > 0) this.#corruptNext -= 1;
    const arriving = damaged ? this.#damage(packet) : packet;
    if (!this.#held && this.#happens(faults.reorderRate)) {
      this.#hold(arriving, deliver);
      return;
    }
    this.#arrive(arriving, deliver);
    if (this.#happens(faults.duplicateRate)) this.#arrive(arriving, deliver);
    this.#held?.flush();
  }

  #happens(rate: number): boolean {
    return rate > 0 && this.#random() < rate;
  }

  #arrive(packet: Buffer, deliver: (packet: Buffer) => void): void {
    const delayMs = this.#faults.jitterMs > 0 ? this.#random() * this.#faults.jitterMs : 0;
    if (delayMs === 0) deliver(packet);
    else this.#timers.after(delayMs, () => deliver(packet));
  }

  #hold(packet: Buffer, deliver: (packet: Buffer) => void): void {
    const flush = () => {
      cancel();
      this.#held = null;
      this.#arrive(packet, deliver);
    };
    const cancel = this.#timers.after(HELD_AT_MOST_MS, flush);
    this.#held = { flush };
  }

  #damage(packet: Buffer): Buffer {
    const copy = Buffer.from(packet);
    const at = Math.min(FIRST_DAMAGED_BYTE + Math.floor(this.#random() * 8), copy.length - 1);
    copy[at] = (copy[at] ?? 0) ^ 0x40;
    return copy;
  }
}
