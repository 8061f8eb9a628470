/** RTP order: whatever the network does within the bound, packets come out in order and everything is counted. */
// @module-tag fault
import { beforeEach, describe, expect, it } from 'vitest';
import { type OrderCounters, type OrderedPacket, RtpOrder } from '../../../src/discord/ears/rtp-order.ts';
import { seededRandom } from '../../support/random.ts';

let counters: OrderCounters;
/** Sequence numbers that came out, and holes as "lost N". */
let out: (number | string)[];
let order: RtpOrder;

beforeEach(() => {
  counters = { lost: 0, late: 0, duplicate: 0 };
  out = [];
  order = new RtpOrder(
    {
      onPacket: ({ sequence }) => out.push(sequence),
      onHole: (count) => out.push(`lost ${count}`),
    },
    counters,
  );
});

const packet = (sequence: number): OrderedPacket => ({
  payload: Buffer.alloc(0),
  sequence: sequence & 0xffff,
  arrivedMs: 0,
});
const push = (...sequences: number[]) => {
  for (const sequence of sequences) order.push(packet(sequence));
};
const none = { lost: 0, late: 0, duplicate: 0 };

/** A random order of 0 to count - 1 in which a packet is overtaken by the next two at most. */
function shuffled(count: number, random: () => number): number[] {
  const keyed = Array.from({ length: count }, (_, i) => ({ i, key: i + 3 * random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ i }) => i);
}

describe('packets of one stream', () => {
  it('come out in order when none is overtaken by more than two', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const start = Math.floor(random() * 0x10000);
      out.length = 0;
      order.restart();
      // The very first packet sets the beginning, whatever it is.
      const numbers = [0, ...shuffled(40, random).map((i) => i + 1)].map((i) => start + i);
      push(...numbers);
      order.flush();
      expect(out, `seed ${seed}`).toEqual(
        [...numbers].sort((a, b) => a - b).map((number) => number & 0xffff),
      );
    }
    expect(counters).toEqual(none);
  });

  it('come out strictly in order, each once, under loss, duplicates and any disorder, and add up', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      out.length = 0;
      order.restart();
      Object.assign(counters, none);
      const sent = shuffled(60, random).map((i) => i + 1);
      const arriving = [0, ...sent].flatMap((i) => {
        if (i > 0 && i < 60 && random() < 0.1) return [];
        return random() < 0.1 ? [i, i] : [i];
      });
      // Some wander far.
      for (let moves = 0; moves < 4; moves++) {
        const from = 1 + Math.floor(random() * (arriving.length - 1));
        const [moved] = arriving.splice(from, 1);
        arriving.splice(Math.min(arriving.length, from + Math.floor(random() * 8)), 0, moved!);
      }
      push(...arriving);
      order.flush();
      const delivered = out.filter((one) => typeof one === 'number');
      expect(delivered, `seed ${seed}`).toEqual([...new Set(delivered)].sort((a, b) => a - b));
      const holes = out.flatMap((one) => (typeof one === 'string' ? Number(one.slice(5)) : []));
      expect(counters.lost, `seed ${seed}`).toBe(holes.reduce((sum, count) => sum + count, 0));
      expect(delivered.length + counters.lost, `seed ${seed}`).toBe(delivered.at(-1)! + 1);
      expect(delivered.length + counters.late + counters.duplicate, `seed ${seed}`).toBe(arriving.length);
    }
  });

  it('go on over the end of the 16-bit numbers', () => {
    push(0xfffd, 0xffff, 0xfffe, 1, 0, 2);
    expect(out).toEqual([0xfffd, 0xfffe, 0xffff, 0, 1, 2]);
    expect(counters).toEqual(none);
  });

  it('are waited for while two later ones are there, and given up at the third', () => {
    push(1, 3, 4);
    expect(out).toEqual([1]);
    expect(order.holding).toBe(true);
    push(5);
    expect(out).toEqual([1, 'lost 1', 3, 4, 5]);
    expect(order.holding).toBe(false);
    expect(counters).toEqual({ lost: 1, late: 0, duplicate: 0 });
  });

  it('behind a second hole are still waited for when the first is given up', () => {
    push(1, 3, 5, 6);
    expect(out).toEqual([1, 'lost 1', 3]);
    push(4);
    expect(out).toEqual([1, 'lost 1', 3, 4, 5, 6]);
    expect(counters).toEqual({ lost: 1, late: 0, duplicate: 0 });
  });

  it('that come after they were given up are late', () => {
    push(1, 3, 4, 5, 2);
    expect(out).toEqual([1, 'lost 1', 3, 4, 5]);
    expect(counters).toEqual({ lost: 1, late: 1, duplicate: 0 });
  });

  it('that come twice are duplicates, delivered or held', () => {
    push(1, 1, 2, 1, 4, 4, 3);
    expect(out).toEqual([1, 2, 3, 4]);
    expect(counters).toEqual({ lost: 0, late: 0, duplicate: 3 });
  });

  it('that are held go out when nobody waits any longer', () => {
    push(1, 3, 5);
    order.flush();
    expect(out).toEqual([1, 'lost 1', 3, 'lost 1', 5]);
    expect(counters.lost).toBe(2);
  });
});

describe('a new stream', () => {
  it('begins at any number after a restart, and what was held goes out before', () => {
    push(1, 3);
    order.restart();
    push(40_000, 40_001);
    expect(out).toEqual([1, 'lost 1', 3, 40_000, 40_001]);
  });

  it('is what a large jump means, forwards or backwards, without loss', () => {
    push(1_000, 1_001, 9_000, 9_001, 300);
    expect(out).toEqual([1_000, 1_001, 9_000, 9_001, 300]);
    expect(counters).toEqual(none);
  });

  it('that begins just behind the old one is not late for ever', () => {
    push(...Array.from({ length: 300 }, (_, i) => 1_000 + i));
    out.length = 0;
    push(...Array.from({ length: 200 }, (_, i) => 900 + i));
    expect(out.at(-1)).toBe(1_099);
    expect(out.length).toBe(200 - counters.late);
    expect(counters.late).toBe(50);
  });
});
