/** Packets that came before their sender was announced: kept in order, for half a second, within bounds. */
import { beforeEach, expect, it } from 'vitest';
import { EarlyPackets } from '../../../src/discord/ears/early-packets.ts';

let dropped: number;
let early: EarlyPackets;
beforeEach(() => {
  dropped = 0;
  early = new EarlyPackets((count) => {
    dropped += count;
  });
});

const keep = (ssrc: number, arrivedMs: number) => early.keep(ssrc, { message: Buffer.alloc(1), arrivedMs });
const taken = (ssrc: number, nowMs: number) => early.take(ssrc, nowMs).map(({ arrivedMs }) => arrivedMs);

it('are given out once, in the order of their arrival', () => {
  expect([keep(7, 0), keep(7, 20), keep(8, 30)]).toEqual([1, 2, 1]);
  expect(taken(7, 40)).toEqual([0, 20]);
  expect(taken(7, 40)).toEqual([]);
  expect(taken(8, 40)).toEqual([30]);
  expect(dropped).toBe(0);
});

it('are no longer worth hearing after 500 ms', () => {
  keep(7, 0);
  keep(7, 100);
  expect(taken(7, 501)).toEqual([100]);
  expect(dropped).toBe(1);
});

it('are at most 25 of one sender, the latest', () => {
  for (let i = 0; i < 40; i++) keep(7, i);
  expect(taken(7, 40)).toEqual(Array.from({ length: 25 }, (_, i) => i + 15));
  expect(dropped).toBe(15);
});

it('are of at most 16 senders, those that sent last', () => {
  for (let ssrc = 0; ssrc < 16; ssrc++) keep(ssrc, ssrc);
  keep(0, 16);
  keep(99, 17);
  expect(taken(0, 20)).toEqual([0, 16]);
  expect(taken(1, 20)).toEqual([]);
  expect(taken(2, 20)).toEqual([2]);
  expect(dropped).toBe(1);
});
