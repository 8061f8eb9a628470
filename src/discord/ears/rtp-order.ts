/** Puts one speaker's packets back into RTP order. Those in order pass at once; a hole is waited for as its like is late. */
import type { ReceiveCounters } from './counters.ts';
import { EARS_DEFAULTS } from './defaults.ts';
import { Lateness } from './lateness.ts';

export interface OrderedPacket {
  payload: Buffer;
  sequence: number;
  arrivedMs: number;
}

export type OrderCounters = Pick<ReceiveCounters, 'lost' | 'late' | 'duplicate'>;

/** `releasedMs` is when the order let it go: its own arrival, unless it was held behind a hole. */
export interface OrderListener {
  onPacket(packet: OrderedPacket, releasedMs: number): void;
  /** `count` packets before the next one are missing; `arrivedMs` is of the packet behind the hole. */
  onHole(count: number, arrivedMs: number, releasedMs: number): void;
}

const { maxHeld, resetJump, maxLateRun, remembered } = EARS_DEFAULTS;

/** The distance from `b` to `a` in 16-bit sequence numbers, -32768 to 32767. */
const distance = (a: number, b: number): number => ((a - b + 0x8000) & 0xffff) - 0x8000;

export class RtpOrder {
  readonly #listener: OrderListener;
  readonly #counters: OrderCounters;
  readonly #lateness = new Lateness();
  #expected: number | null = null;
  /** Packets that came before one that is missing, in order. */
  #held: OrderedPacket[] = [];
  /** Packets delivered last, in order; the missing among them are given up. */
  #delivered: Pick<OrderedPacket, 'sequence' | 'arrivedMs'>[] = [];
  #lateRun = 0;

  constructor(listener: OrderListener, counters: OrderCounters) {
    this.#listener = listener;
    this.#counters = counters;
  }

  /** When the first hole is to be given up: `giveUp` is to be called then. Null while nothing is held. */
  get dueMs(): number | null {
    if (this.#held.length === 0) return null;
    const noticedMs = Math.min(...this.#held.map(({ arrivedMs }) => arrivedMs));
    return noticedMs + this.#lateness.waitMs;
  }

  push(packet: OrderedPacket): void {
    const { sequence, arrivedMs } = packet;
    const ahead = this.#expected === null ? 0 : distance(sequence, this.#expected);
    if (this.#isKnown(sequence)) {
      this.#counters.duplicate += 1;
      return;
    }
    this.#lateRun = ahead < 0 ? this.#lateRun + 1 : 0;
    if (Math.abs(ahead) > resetJump || this.#lateRun > maxLateRun) this.restart(arrivedMs);
    else {
      this.#lateness.note(this.#overtakenMs(packet));
      if (ahead < 0) {
        this.#counters.late += 1;
        return;
      }
    }
    this.#hold(packet);
    this.#release(arrivedMs);
  }

  /** Waits no longer for what was due by now. */
  giveUp(nowMs: number): void {
    this.#release(nowMs);
  }

  /** A new stream begins (another SSRC): its numbers have nothing to do with the ones before. */
  restart(nowMs: number): void {
    while (this.#held.length > 0) this.#skipHole(nowMs);
    this.#expected = null;
    this.#delivered = [];
    this.#lateRun = 0;
  }

  #isKnown(sequence: number): boolean {
    const same = (one: { sequence: number }) => one.sequence === sequence;
    return this.#held.some(same) || this.#delivered.some(same);
  }

  /** How long before this packet the first of those came that were sent after it; 0 when none was. */
  #overtakenMs({ sequence, arrivedMs }: OrderedPacket): number {
    let firstMs = arrivedMs;
    for (const one of [...this.#delivered, ...this.#held]) {
      if (distance(one.sequence, sequence) > 0) firstMs = Math.min(firstMs, one.arrivedMs);
    }
    return arrivedMs - firstMs;
  }

  #hold(packet: OrderedPacket): void {
    this.#expected ??= packet.sequence;
    const at = this.#held.findIndex(({ sequence }) => distance(sequence, packet.sequence) > 0);
    this.#held.splice(at < 0 ? this.#held.length : at, 0, packet);
  }

  #release(nowMs: number): void {
    this.#deliverNext(nowMs);
    while (this.#held.length > maxHeld || (this.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      this.#skipHole(nowMs);
    }
  }

  /** The packets before the first held one are lost. */
  #skipHole(nowMs: number): void {
    const [next] = this.#held;
    if (!next || this.#expected === null) return;
    const missing = distance(next.sequence, this.#expected);
    this.#counters.lost += missing;
    this.#expected = next.sequence;
    this.#listener.onHole(missing, next.arrivedMs, nowMs);
    this.#deliverNext(nowMs);
  }

  #deliverNext(nowMs: number): void {
    while (this.#held[0]?.sequence === this.#expected) {
      const next = this.#held.shift();
      if (!next) return;
      const { sequence, arrivedMs } = next;
      this.#expected = (sequence + 1) & 0xffff;
      this.#delivered.push({ sequence, arrivedMs });
      if (this.#delivered.length > remembered) this.#delivered.shift();
      this.#listener.onPacket(next, nowMs);
    }
  }
}
