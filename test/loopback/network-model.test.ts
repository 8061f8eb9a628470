/** Each network fault does what its name says, at about its rate, and the same for the same seed. */
import { afterEach, expect, it } from 'vitest';
import { seededRandom } from '../../src/loopback/random.ts';
import { Timers } from '../../src/loopback/timers.ts';
import { type NetworkFaults, NetworkModel, perfectNetwork } from '../../src/loopback/voice/network-model.ts';

const timers = new Timers();
afterEach(() => timers.close());

const packet = (n: number) => {
  const bytes = Buffer.alloc(40);
  bytes.writeUInt32BE(n);
  return bytes;
};

/** The numbers of the packets that arrive at once when `count` are sent, damaged ones as negative numbers. */
function send(
  faults: Partial<NetworkFaults>,
  count: number,
  seed = 1,
  prepare?: (model: NetworkModel) => void,
) {
  const model = new NetworkModel({ ...perfectNetwork(), ...faults }, seededRandom(seed), timers);
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

it('delays every packet by up to the jitter', async () => {
  const model = new NetworkModel({ ...perfectNetwork(), jitterMs: 20 }, seededRandom(3), new Timers());
  const arrived: number[] = [];
  await new Promise<void>((resolve) => {
    for (const n of numbers(20)) {
      model.carry(packet(n), (bytes) => {
        arrived.push(bytes.readUInt32BE());
        if (arrived.length === 20) resolve();
      });
    }
    expect(arrived).toEqual([]);
  });
  expect(arrived).not.toEqual(numbers(20));
  expect(arrived.toSorted((a, b) => a - b)).toEqual(numbers(20));
});
