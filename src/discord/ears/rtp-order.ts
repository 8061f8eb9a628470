/** Puts one speaker's packets back into RTP order, within a small bound, and counts what is missing. */

export interface OrderedPacket {
  payload: Buffer;
  sequence: number;
  arrivedMs: number;
}

export interface OrderCounters {
  /** Never came, or came too late. */
  lost: number;
  late: number;
  duplicate: number;
}

export interface OrderListener {
  onPacket(packet: OrderedPacket): void;
  /** `count` packets before the next one are missing; `arrivedMs` is of the packet behind the hole. */
  onHole(count: number, arrivedMs: number): void;
}

/** A packet is waited for until this many later ones are there: 40 ms. */
const MAX_HELD = 2;
/** A jump larger than this is a new stream, not loss. */
const RESET_JUMP = 500;

/** The distance from `b` to `a` in 16-bit sequence numbers, -32768 to 32767. */
const distance = (a: number, b: number): number => ((a - b + 0x8000) & 0xffff) - 0x8000;

export class RtpOrder {
  readonly #listener: OrderListener;
  readonly #counters: OrderCounters;
  #expected: number | null = null;
  /** Packets that came before one that is missing, in order; at most MAX_HELD. */
  #held: OrderedPacket[] = [];

  constructor(listener: OrderListener, counters: OrderCounters) {
    this.#listener = listener;
    this.#counters = counters;
  }

  get holding(): boolean {
    return this.#held.length > 0;
  }

  push(packet: OrderedPacket): void {
    const ahead = this.#expected === null ? 0 : distance(packet.sequence, this.#expected);
    if (Math.abs(ahead) > RESET_JUMP) {
      this.flush();
      this.#deliver(packet);
    } else if (ahead < 0) this.#counters.late += 1;
    else if (ahead === 0) {
      this.#deliver(packet);
      this.#deliverHeld();
    } else this.#hold(packet);
  }

  /** Waits no longer for what is missing. */
  flush(): void {
    while (this.#held.length > 0) {
      const next = this.#held[0]!;
      const missing = this.#expected === null ? 0 : distance(next.sequence, this.#expected);
      if (missing > 0) {
        this.#counters.lost += missing;
        this.#listener.onHole(missing, next.arrivedMs);
        this.#expected = next.sequence;
      }
      this.#deliverHeld();
    }
  }

  /** A new stream begins (another SSRC): its numbers have nothing to do with the ones before. */
  restart(): void {
    this.flush();
    this.#expected = null;
  }

  #hold(packet: OrderedPacket): void {
    if (this.#held.some((held) => held.sequence === packet.sequence)) {
      this.#counters.duplicate += 1;
      return;
    }
    this.#held.push(packet);
    this.#held.sort((a, b) => distance(a.sequence, b.sequence));
    if (this.#held.length > MAX_HELD) this.flush();
  }

  #deliverHeld(): void {
    while (this.#held[0]?.sequence === this.#expected) {
      const next = this.#held.shift();
      if (!next) return;
      this.#deliver(next);
    }
  }

  #deliver(packet: OrderedPacket): void {
    this.#expected = (packet.sequence + 1) & 0xffff;
    this.#listener.onPacket(packet);
  }
}
