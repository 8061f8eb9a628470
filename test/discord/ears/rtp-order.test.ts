/** RTP order: whatever the network does within the bound, packets come out in order, soon, and everything is counted. */
// @module-tag fault
import { beforeEach, describe, expect, it } from 'vitest';
import { EARS_DEFAULTS } from '../../../src/discord/ears/defaults.ts';
import { type OrderCounters, type OrderedPacket, RtpOrder } from '../../../src/discord/ears/rtp-order.ts';
import { seededRandom } from '../../support/random.ts';

interface Out {
  /** How many are missing, for a hole. */
  lost: number | null;
  sequence: number | null;
  heldMs: number;
}

let counters: OrderCounters;
let out: Out[];
let order: RtpOrder;

beforeEach(() => {
  counters = { lost: 0, late: 0, duplicate: 0 };
  out = [];
  order = openOrder();
});

const openOrder = () =>
  new RtpOrder(
    {
      onPacket: ({ sequence, arrivedMs }, releasedMs) =>
        out.push({ lost: null, sequence, heldMs: releasedMs - arrivedMs }),
      onHole: (count, arrivedMs, releasedMs) =>
        out.push({ lost: count, sequence: null, heldMs: releasedMs - arrivedMs }),
    },
    counters,
  );

interface Arrival {
  /** Counted on, without the wrap. */
  number: number;
  atMs: number;
}

const packet = ({ number, atMs }: Arrival): OrderedPacket => ({
  payload: Buffer.alloc(0),
  sequence: number & 0xffff,
  arrivedMs: atMs,
});
/** Packets as they arrive, with what is due in between, and after the last one. */
function arrive(arrivals: readonly Arrival[]): void {
  for (const arrival of arrivals) {
    giveUpUntil(arrival.atMs);
    order.push(packet(arrival));
  }
  giveUpUntil(Number.POSITIVE_INFINITY);
}
function giveUpUntil(untilMs: number): void {
  for (let due = order.dueMs; due !== null && due < untilMs; due = order.dueMs) order.giveUp(due);
}
/** One packet every 20 ms, in the order given. */
const push = (...numbers: number[]) => {
  for (const number of numbers) {
    atMs += 20;
    giveUpUntil(atMs);
    order.push(packet({ number, atMs }));
  }
};
let atMs = 0;
beforeEach(() => {
  atMs = 1_000;
});
const told = () => out.map(({ lost, sequence }) => (lost === null ? sequence : `lost ${lost}`));
const none = { lost: 0, late: 0, duplicate: 0 };
/** Shows that a packet can come 40 ms after the one behind it: 2 after 3, and 4 in between. */
const teach = () => {
  push(1, 3, 4, 2);
  out.length = 0;
  Object.assign(counters, none);
};

/** 20 ms apart, each delayed by up to `jitterMs`, and lost by chance. */
function overNetwork(count: number, { jitterMs = 0, loss = 0, seed = 1, keepOrder = false }): Arrival[] {
  const random = seededRandom(seed);
  let lastMs = 0;
  return Array.from({ length: count }, (_, number) => {
    const atMs = Math.max(number * 20 + random() * jitterMs, keepOrder ? lastMs : 0);
    lastMs = atMs;
    return { number, atMs, lost: number > 0 && random() < loss };
  })
    .filter(({ lost }) => !lost)
    .sort((a, b) => a.atMs - b.atMs);
}

describe('packets in order', () => {
  it('pass at once, however uneven their arrival', () => {
    arrive(overNetwork(1_000, { jitterMs: 100, keepOrder: true }));
    expect(out).toHaveLength(1_000);
    expect(out.every(({ heldMs }) => heldMs === 0)).toBe(true);
    expect(counters).toEqual(none);
  });

  it('pass at once also where others were late', () => {
    teach();
    push(5, 6, 7);
    expect(out.map(({ heldMs }) => heldMs)).toEqual([0, 0, 0]);
  });

  it('pass at once behind a loss as long as none was seen to be late: what is missing is lost', () => {
    arrive(overNetwork(1_000, { jitterMs: 100, keepOrder: true, loss: 0.1 }));
    expect(out.every(({ heldMs }) => heldMs === 0)).toBe(true);
    expect(counters.lost).toBeGreaterThan(50);
    expect(counters.late).toBe(0);
  });

  it('go on over the end of the 16-bit numbers', () => {
    teach();
    order.restart(atMs);
    push(0xfffd, 0xffff, 0xfffe, 0x1_0001, 0x1_0000, 0x1_0002);
    expect(told()).toEqual([0xfffd, 0xfffe, 0xffff, 0, 1, 2]);
    expect(counters).toEqual(none);
  });
});

describe('a missing packet', () => {
  it('is waited for as long as one was late before', () => {
    teach();
    push(6, 7, 5);
    expect(told()).toEqual([5, 6, 7]);
    expect(out.map(({ heldMs }) => heldMs)).toEqual([0, 40, 20]);
    expect(counters).toEqual(none);
  });

  it('is given up then, and the packets behind it go on', () => {
    teach();
    push(6, 7, 8, 9);
    expect(told()).toEqual(['lost 1', 6, 7, 8, 9]);
    expect(out.map(({ heldMs }) => heldMs)).toEqual([40, 40, 20, 0, 0]);
    push(5);
    expect(counters).toEqual({ lost: 1, late: 1, duplicate: 0 });
  });

  it('behind a second hole is still waited for when the first is given up', () => {
    teach();
    push(6, 8, 9);
    expect(told()).toEqual(['lost 1', 6]);
    push(7);
    expect(told()).toEqual(['lost 1', 6, 7, 8, 9]);
    expect(counters).toEqual({ lost: 1, late: 0, duplicate: 0 });
  });

  it('teaches how late it was although it came too late', () => {
    push(1, 3, 2);
    expect(counters).toEqual({ lost: 1, late: 1, duplicate: 0 });
    push(5, 4);
    expect(counters).toEqual({ lost: 1, late: 1, duplicate: 0 });
    expect(told()).toEqual([1, 'lost 1', 3, 4, 5]);
  });

  it('later than the longest wait is not waited for', () => {
    const { maxWaitMs } = EARS_DEFAULTS;
    const behind = Array.from({ length: maxWaitMs / 20 + 2 }, (_, i) => i + 3);
    push(1, ...behind, 2);
    const next = behind.at(-1)! + 1;
    push(next + 1);
    expect(order.dueMs).toBeNull();
  });

  it('is no longer waited for once packets came in order for long', () => {
    teach();
    const { memoryPackets } = EARS_DEFAULTS;
    push(...Array.from({ length: memoryPackets + 1 }, (_, i) => i + 5));
    const last = memoryPackets + 5;
    push(last + 2);
    expect(told().slice(-2)).toEqual(['lost 1', last + 2]);
    expect(out.at(-1)!.heldMs).toBe(0);
  });

  it('is not waited for as long as one freak among many late ones', () => {
    const pairs = Array.from({ length: 50 }, (_, i) => [2 * i + 3, 2 * i + 2]).flat();
    push(1, ...pairs.slice(0, 10), 13, 14, 15, 16, 12, ...pairs.slice(16));
    out.length = 0;
    push(103, 104, 105);
    expect(out.map(({ heldMs }) => heldMs)).toEqual([20, 20, 0, 0]);
  });

  it('is given up when too many wait behind it', () => {
    teach();
    const { maxHeld } = EARS_DEFAULTS;
    for (let i = 0; i <= maxHeld; i++) order.push(packet({ number: 6 + i, atMs }));
    expect(order.dueMs).toBeNull();
    expect(counters.lost).toBe(1);
  });
});

describe('over a network that delays, loses and doubles', () => {
  it.each([
    { jitterMs: 60, loss: 0.05 },
    { jitterMs: 150, loss: 0.1 },
    { jitterMs: 400, loss: 0.3 },
  ])('packets come out in order, each once, within the bound, and add up: %o', ({ jitterMs, loss }) => {
    for (let seed = 1; seed <= 60; seed++) {
      out = [];
      Object.assign(counters, none);
      order = openOrder();
      const random = seededRandom(seed);
      const arriving = overNetwork(300, { jitterMs, loss, seed });
      const sent = arriving.flatMap((one) => (random() < 0.1 ? [one, one] : [one]));
      arrive(sent);
      const delivered = out.flatMap(({ sequence }) => sequence ?? []);
      expect(delivered, `seed ${seed}`).toEqual([...new Set(delivered)].sort((a, b) => a - b));
      const holes = out.reduce((sum, { lost }) => sum + (lost ?? 0), 0);
      expect(counters.lost, `seed ${seed}`).toBe(holes);
      expect(delivered.length + counters.lost, `seed ${seed}`).toBe(delivered.at(-1)! - delivered[0]! + 1);
      expect(delivered.length + counters.late + counters.duplicate, `seed ${seed}`).toBe(sent.length);
      const heldMs = out.map((one) => one.heldMs);
      expect(Math.min(...heldMs)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...heldMs)).toBeLessThanOrEqual(EARS_DEFAULTS.maxWaitMs);
    }
  });

  it('no packet waits longer than packets were seen to be late', () => {
    // 60 ms of jitter at 20 ms a packet: nobody is overtaken for 40 ms.
    arrive(overNetwork(5_000, { jitterMs: 60, loss: 0.05 }));
    expect(Math.max(...out.map(({ heldMs }) => heldMs))).toBeLessThanOrEqual(40);
  });

  it('few packets are given up but those that never come', () => {
    arrive(overNetwork(5_000, { jitterMs: 60, loss: 0.05 }));
    expect(counters.lost - counters.late).toBeGreaterThan(200);
    expect(counters.late / 5_000).toBeLessThan(0.01);
  });
});

describe('duplicates', () => {
  it('are dropped, delivered or held', () => {
    teach();
    push(5, 5, 6, 5, 8, 8, 7);
    expect(told()).toEqual([5, 6, 7, 8]);
    expect(counters).toEqual({ lost: 0, late: 0, duplicate: 3 });
  });
});

describe('a new stream', () => {
  it('begins at any number after a restart, and what was held goes out before', () => {
    teach();
    push(6);
    order.restart(atMs);
    push(40_000, 40_001);
    expect(told()).toEqual(['lost 1', 6, 40_000, 40_001]);
  });

  it('is what a large jump means, forwards or backwards, without loss', () => {
    push(1_000, 1_001, 9_000, 9_001, 300);
    expect(told()).toEqual([1_000, 1_001, 9_000, 9_001, 300]);
    expect(counters).toEqual(none);
  });

  it('that begins just behind the old one is not late for ever', () => {
    push(...Array.from({ length: 300 }, (_, i) => 1_000 + i));
    out.length = 0;
    push(...Array.from({ length: 200 }, (_, i) => 900 + i));
    expect(told().at(-1)).toBe(1_099);
    expect(out.length).toBe(200 - counters.late);
    expect(counters.late).toBe(50);
  });
});
