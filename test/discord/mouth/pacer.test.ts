/** The schedule of frames on a machine that stalls: a short stall is made up for, a long one is not. */
import { expect, it } from 'vitest';
import { MouthRig, marker } from './mouth-rig.ts';

/** Instants of the packets, after the last one on time, when the next one is so much late. */
async function packetsAfter(stallMs: number): Promise<number[]> {
  const rig = new MouthRig();
  const beganMs = rig.clock.now();
  rig.say(marker(16_000, () => 0));
  await rig.clock.advance(70);
  // The timer of the frame at 80 ms is set; that of the one after it fires late.
  rig.lateMs = stallMs;
  await rig.clock.advance(20);
  rig.lateMs = 0;
  await rig.clock.advance(900);
  return rig.packetTimesMs.map((atMs) => atMs - beganMs).filter((atMs) => atMs > 80);
}

it('makes up at once for frames that are up to 100 ms late, and is on time again', async () => {
  expect((await packetsAfter(100)).slice(0, 8)).toEqual([200, 200, 200, 200, 200, 200, 220, 240]);
});

it('gives up the schedule when it is later: no burst overruns the listeners', async () => {
  expect((await packetsAfter(101)).slice(0, 4)).toEqual([201, 221, 241, 261]);
  expect((await packetsAfter(500)).slice(0, 4)).toEqual([600, 620, 640, 660]);
});
