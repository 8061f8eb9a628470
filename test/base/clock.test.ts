/** The machine's clock, after a time in which the process stood still. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock, type Timer } from '../../src/base/clock.ts';

const STILL_MS = 60;
const near = createSocket('udp4');
const far = createSocket('udp4');
let happened: string[];

beforeEach(async () => {
  happened = [];
  near.bind(0, '127.0.0.1');
  await once(near, 'listening');
  far.connect(near.address().port, '127.0.0.1');
  await once(far, 'connect');
});
afterEach(() => {
  near.close();
  far.close();
});

/** The process does nothing at all. */
const standStill = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STILL_MS);

it('reads what arrived before timers that are due fire, which fire in their order', async () => {
  const last = Promise.withResolvers<void>();
  let dropped: Timer | null = null;
  near.on('message', () => {
    happened.push('packet');
    dropped?.cancel();
  });
  systemClock.setTimer(5, () => happened.push('first'));
  dropped = systemClock.setTimer(10, () => happened.push('dropped'));
  // Node would let those of one duration fire together.
  systemClock.setTimer(7, () => happened.push('second'));
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < 3);
  systemClock.setTimer(5, () => happened.push('third'));
  // Due when the others were held already, and not late by itself.
  systemClock.setTimer(STILL_MS - 2, () => {
    happened.push('last');
    last.resolve();
  });
  far.send('a');
  standStill();
  await last.promise;
  expect(happened).toEqual(['packet', 'first', 'second', 'third', 'last']);
});
