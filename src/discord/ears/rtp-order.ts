/** Puts one speaker's packets back into RTP order, within a small bound, and counts what is missing. */

export interface OrderedPacket {
  payload: Buffer;
  sequence: number;
  arrivedMs: number;
}

export interface OrderCounters {
  /** Never came, or came too late. */
  lost: number;
  /** Came after they had been given up as lost. */
  late: number;
  /** Came once more than they should. */
  duplicate: number;
}

export interface OrderListener {
  onPacket(packet: OrderedPacket): void;
  /** `count` packets before the next one are missing; `arrivedMs` is of the packet behind the hole. */
  onHole(count: number, arrivedMs: number): void;
}

/** So many later packets are held while one is missing, 40 ms; when one more comes it is given up. */
const MAX_HELD = 2;
/** A jump larger than this is a new stream, not loss. */
const RESET_JUMP = 500;
/** So many late packets in a row, 1 s, are a new stream that happens to begin just behind the old one. */
const MAX_LATE_RUN = 50;
/** Numbers of delivered packets that are remembered, to tell a duplicate from a late one. */
const REMEMBERED = 64;

/** The distance from `b` to `a` in 16-bit sequence numbers, -32768 to 32767. */
const distance = (a: number, b: number): number => ((a - b + 0x8000) & 0xffff) - 0x8000;

export class RtpOrder {
  readonly #listener: OrderListener;
  readonly #counters: OrderCounters;
  #expected: number | null = null;
  /** Packets that came before one that is missing, in order; at most MAX_HELD. */
  #held: OrderedPacket[] = [];
  /** Numbers delivered last, oldest first; at most REMEMBERED. */
  #delivered: number[] = [];
  #lateRun = 0;

  constructor(listener: OrderListener, counters: OrderCounters) {
    this.#listener = listener;
    this.#counters = counters;
  }

  get holding(): boolean {
    return this.#held.length > 0;
  }

  push(packet: OrderedPacket): void {
    const ahead = this.#expected === null ? 0 : distance(packet.sequence, this.#expected);
    if (ahead < 0 && this.#isDuplicate(packet)) return;
    this.#lateRun = ahead < 0 ? this.#lateRun + 1 : 0;
    if (Math.abs(ahead) > RESET_JUMP || this.#lateRun > MAX_LATE_RUN) {
      this.restart();
      this.#deliver(packet);
    } else if (ahead < 0) this.#counters.late += 1;
    else if (ahead > 0) this.#hold(packet);
    else {
      this.#deliver(packet);
      this.#deliverHeld();
    }
  }

  /** Waits no longer for what is missing. */
  flush(): void {
    while (this.#held.length > 0) this.#giveUpHole();
  }

  /** A new stream begins (another SSRC): its numbers have nothing to do with the ones before. */
  restart(): void {
    this.flush();
    this.#expected = null;
    this.#delivered = [];
    this.#lateRun = 0;
  }

  #isDuplicate({ sequence }: OrderedPacket): boolean {
    const known = this.#delivered.includes(sequence);
    if (known) this.#counters.duplicate += 1;
    return known;
  }

  #hold(packet: OrderedPacket): void {
    if (this.#held.some((held) => held.sequence === packet.sequence)) {
      this.#counters.duplicate += 1;
      return;
    }
    this.#held.push(packet);
    this.#held.sort((a, b) => distance(a.sequence, b.sequence));
    if (this.#held.length > MAX_HELD) this.#giveUpHole();
  }

  /** The packets before the first held one are lost. */
  #giveUpHole(): void {
    const next = this.#held[0];
    if (!next || this.#expected === null) return;
    const missing = distance(next.sequence, this.#expected);
    this.#counters.lost += missing;
    this.#listener.onHole(missing, next.arrivedMs);
    this.#expected = next.sequence;
    this.#deliverHeld();
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
    this.#delivered.push(packet.sequence);
    if (this.#delivered.length > REMEMBERED) this.#delivered.shift();
    this.#listener.onPacket(packet);
  }
}
