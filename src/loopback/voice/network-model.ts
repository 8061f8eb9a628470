/** A bad network in one direction: loses, delays, reorders, doubles and damages packets, the same for the same seed. */
import type { Random } from '../random.ts';
import type { Timers } from '../timers.ts';

export interface NetworkFaults {
  /** Share of packets that never arrive, each by its own chance, 0 to 1. */
  lossRate: number;
  /** Chance that a bad stretch begins at a packet: losses then come in bursts (Gilbert and Elliott's model). */
  burstRate: number;
  /** How many packets a bad stretch lasts on average. */
  burstPackets: number;
  /** Share of packets lost within a bad stretch. */
  burstLossRate: number;
  /** Every packet takes this long. */
  delayMs: number;
  /**
   * Each packet is delayed by 0 to this many ms more, evenly spread. Packets are 20 ms apart: above that they
   * overtake each other, unless `keepOrder` is set.
   */
  jitterMs: number;
  /** A packet never overtakes the one before it, as behind a single queue. */
  keepOrder: boolean;
  /** Chance that the way is blocked from a packet on; all that is sent meanwhile arrives at once at the end. */
  stallRate: number;
  stallMs: number;
  /** Share of packets held back until after the next one (or 60 ms, if none follows). */
  reorderRate: number;
  /** Share of packets that arrive twice. */
  duplicateRate: number;
  /** Share of packets with one bit flipped. */
  corruptRate: number;
}

export const perfectNetwork = (): NetworkFaults => ({
  lossRate: 0,
  burstRate: 0,
  burstPackets: 5,
  burstLossRate: 1,
  delayMs: 0,
  jitterMs: 0,
  keepOrder: false,
  stallRate: 0,
  stallMs: 100,
  reorderRate: 0,
  duplicateRate: 0,
  corruptRate: 0,
});

export type DropCause = 'loss' | 'burst' | 'damage';

export interface NetworkModelOptions<T> {
  faults: NetworkFaults;
  random: Random;
  timers: Pick<Timers, 'after'>;
  /** What the timers go by, in ms; the machine's clock unless given. */
  now?(): number;
  /** A damaged packet as it arrives; null when nothing of it does. */
  damage(packet: T, random: Random): T | null;
  onDrop?(cause: DropCause): void;
}

const HELD_AT_MOST_MS = 60;
/** Damage lies behind the header, so that the packet still belongs to its stream. */
const FIRST_DAMAGED_BYTE = 16;

/** Flips one bit of a sealed packet. */
export function damageBytes(packet: Buffer, random: Random): Buffer {
  const copy = Buffer.from(packet);
  const at = Math.min(FIRST_DAMAGED_BYTE + Math.floor(random() * 8), copy.length - 1);
  copy[at] = (copy[at] ?? 0) ^ 0x40;
  return copy;
}

export class NetworkModel<T> {
  readonly #options: NetworkModelOptions<T>;
  #corruptNext = 0;
  #badStretch = false;
  #stalledUntilMs = 0;
  /** When the packet before arrives. */
  #lastArrivalMs = 0;
  /** Packets that arrive in their order, the next first. */
  readonly #queue: (() => void)[] = [];
  #held: { flush(): void } | null = null;

  constructor(options: NetworkModelOptions<T>) {
    this.#options = options;
  }

  /** Damages the next `count` packets, whatever the rate says. */
  corruptNext(count: number): void {
    this.#corruptNext += count;
  }

  /** Carries one packet: calls `deliver` never, once or twice, now or later. */
  carry(packet: T, deliver: (packet: T) => void): void {
    const { faults, onDrop } = this.#options;
    const lost = this.#lost();
    if (lost) {
      onDrop?.(lost);
      return;
    }
    const damaged = this.#corruptNext > 0 || this.#happens(faults.corruptRate);
    if (this.#corruptNext > 0) this.#corruptNext -= 1;
    const arriving = damaged ? this.#options.damage(packet, this.#options.random) : packet;
    if (arriving === null) {
      onDrop?.('damage');
      return;
    }
    if (!this.#held && this.#happens(faults.reorderRate)) {
      this.#hold(arriving, deliver);
      return;
    }
    this.#arrive(arriving, deliver);
    if (this.#happens(faults.duplicateRate)) this.#arrive(arriving, deliver);
    this.#held?.flush();
  }

  #happens(rate: number): boolean {
    return rate > 0 && this.#options.random() < rate;
  }

  #lost(): DropCause | null {
    const { burstRate, burstPackets, burstLossRate, lossRate } = this.#options.faults;
    // The chance of ending makes the stretch as long as wanted on average.
    if (this.#badStretch) this.#badStretch = burstRate > 0 && !this.#happens(1 / Math.max(1, burstPackets));
    else this.#badStretch = this.#happens(burstRate);
    if (this.#badStretch && this.#happens(burstLossRate)) return 'burst';
    return this.#happens(lossRate) ? 'loss' : null;
  }

  #arrive(packet: T, deliver: (packet: T) => void): void {
    const { faults, random, timers, now } = this.#options;
    const nowMs = now ? now() : performance.now();
    const jitterMs = faults.jitterMs > 0 ? random() * faults.jitterMs : 0;
    if (nowMs >= this.#stalledUntilMs && this.#happens(faults.stallRate)) {
      this.#stalledUntilMs = nowMs + faults.stallMs;
    }
    const earliestMs = Math.max(this.#stalledUntilMs, faults.keepOrder ? this.#lastArrivalMs : 0);
    const arrivalMs = Math.max(nowMs + faults.delayMs + jitterMs, earliestMs);
    this.#lastArrivalMs = arrivalMs;
    if (arrivalMs <= nowMs && this.#queue.length === 0) deliver(packet);
    else if (arrivalMs === earliestMs || faults.keepOrder)
      this.#enqueue(arrivalMs - nowMs, () => deliver(packet));
    else timers.after(arrivalMs - nowMs, () => deliver(packet));
  }

  /** Delivers after `ms`, and never before what was enqueued earlier: timers alone are too coarse for that. */
  #enqueue(ms: number, deliver: () => void): void {
    this.#queue.push(deliver);
    this.#options.timers.after(ms, () => {
      const at = this.#queue.indexOf(deliver);
      for (const due of this.#queue.splice(0, at + 1)) due();
    });
  }

  #hold(packet: T, deliver: (packet: T) => void): void {
    const flush = () => {
      cancel();
      this.#held = null;
      this.#arrive(packet, deliver);
    };
    const cancel = this.#options.timers.after(HELD_AT_MOST_MS, flush);
    this.#held = { flush };
  }
}
