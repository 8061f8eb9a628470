/** Each network fault does what its name says, at about its rate, and the same for the same seed. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seededRandom } from '../../src/loopback/random.ts';
import { Timers } from '../../src/loopback/timers.ts';
import {
  type DropCause,
  damageBytes,
  type NetworkFaults,
  NetworkModel,
  perfectNetwork,
} from '../../src/loopback/voice/network-model.ts';

let timers: Timers;
beforeEach(() => {
  timers = new Timers();
});
afterEach(() => timers.close());

const packet = (n: number) => {
  const bytes = Buffer.alloc(40);
  bytes.writeUInt32BE(n);
  return bytes;
};

function open(
  faults: Partial<NetworkFaults>,
  seed = 1,
  onDrop: (cause: DropCause) => void = () => undefined,
) {
  const all = { ...perfectNetwork(), ...faults };
  const random = seededRandom(seed);
  return new NetworkModel<Buffer>({ faults: all, random, timers, damage: damageBytes, onDrop });
}

/** The numbers of the packets that arrive at once when `count` are sent, damaged ones as negative numbers. */
function send(
  faults: Partial<NetworkFaults>,
  count: number,
  seed = 1,
  prepare?: (model: NetworkModel<Buffer>) => void,
) {
  const model = open(faults, seed);
  prepare?.(model);
  const arrived: number[] = [];
  for (let n = 1; n <= count; n++) {
    model.carry(packet(n), (bytes) => {
      const number = bytes.readUInt32BE();
      arrived.push(bytes.equals(packet(number)) ? number : -number);
    });
  }
  return arrived;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

it('is perfect unless told otherwise', () => {
  expect(send({}, 50)).toEqual(numbers(50));
});

it('loses its share, repeatably', () => {
  const arrived = send({ lossRate: 0.1 }, 1000);
  expect(arrived.length).toBeGreaterThan(860);
  expect(arrived.length).toBeLessThan(940);
  expect(send({ lossRate: 0.1 }, 1000)).toEqual(arrived);
  expect(send({ lossRate: 0.1 }, 1000, 2)).not.toEqual(arrived);
});

it('doubles its share', () => {
  const arrived = send({ duplicateRate: 0.2 }, 500);
  expect(new Set(arrived).size).toBe(500);
  expect(arrived.length).toBeGreaterThan(560);
});

it('lets a held packet arrive after the next one', () => {
  const arrived = send({ reorderRate: 0.3 }, 200);
  const late = arrived.filter((n, i) => n < (arrived[i - 1] ?? 0));
  expect(late.length).toBeGreaterThan(30);
  for (const n of late) expect(arrived.indexOf(n)).toBe(arrived.indexOf(n + 1) + 1);
});

it('damages its share, and the next ones when asked', () => {
  expect(send({ corruptRate: 0.2 }, 500).filter((n) => n < 0).length).toBeGreaterThan(60);
  expect(send({}, 4, 1, (model) => model.corruptNext(2))).toEqual([-1, -2, 3, 4]);
});

/** Sends `count` packets at once; resolves with their numbers in the order of arrival. */
async function arrivals(faults: Partial<NetworkFaults>, count: number): Promise<number[]> {
  const model = open(faults, 3);
  const arrived: number[] = [];
  return await new Promise((resolve) => {
    for (const n of numbers(count)) {
      model.carry(packet(n), (bytes) => {
        arrived.push(bytes.readUInt32BE());
        if (arrived.length === count) resolve(arrived);
      });
    }
    expect(arrived).toEqual([]);
  });
}

it('delays every packet by up to the jitter, so that they overtake each other', async () => {
  const arrived = await arrivals({ jitterMs: 20 }, 20);
  expect(arrived).not.toEqual(numbers(20));
  expect(arrived.toSorted((a, b) => a - b)).toEqual(numbers(20));
});

it('keeps the order behind a single queue', async () => {
  expect(await arrivals({ jitterMs: 20, delayMs: 5, keepOrder: true }, 40)).toEqual(numbers(40));
});

it('holds back all packets of a stall, and then delivers them at once in their order', async () => {
  const startMs = performance.now();
  expect(await arrivals({ stallRate: 1, stallMs: 30 }, 10)).toEqual(numbers(10));
  expect(performance.now() - startMs).toBeGreaterThan(25);
});

it('loses packets in bursts of about the length asked for', () => {
  const drops: DropCause[] = [];
  const arrived: number[] = [];
  const model = open({ burstRate: 0.02, burstPackets: 8 }, 1, (cause) => drops.push(cause));
  for (const n of numbers(5000)) model.carry(packet(n), (bytes) => arrived.push(bytes.readUInt32BE()));
  const bursts = arrived.map((n, i) => n - (arrived[i - 1] ?? 0) - 1).filter((missing) => missing > 0);
  const mean = bursts.reduce((sum, missing) => sum + missing, 0) / bursts.length;
  expect(mean).toBeGreaterThan(6);
  expect(mean).toBeLessThan(10);
  expect(new Set(drops)).toEqual(new Set(['burst']));
  expect(drops).toHaveLength(5000 - arrived.length);
});
