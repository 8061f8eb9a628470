/** Phrases over a network that loses one packet in twenty and delays each by up to 60 ms: understood, and not for free. */
import { expect, it } from 'vitest';
import { render, run } from '../../bench/network.ts';

it('at least 95 % are transcribed exactly, and the timeline shows what the repair cost', async () => {
  const result = await run({ args: ['--turns', '60', '--seed', '2'], progress: () => undefined });
  expect(result.exactShare, JSON.stringify(result.wrong)).toBeGreaterThanOrEqual(0.95);
  expect(result.phrases).toBe(60);
  expect(result.lossShare).toBeGreaterThan(0.04);
  expect(result.concealedFrames).toBeGreaterThan(100);
  // Without a wait it is one packet in five.
  expect(result.latePackets).toBeLessThan(0.02 * result.packets);
  // At 20 ms a packet, 60 ms of jitter let nobody be overtaken for longer than 40.
  expect(result.repairDelayMs.max).toBeGreaterThan(0);
  expect(result.frameDelayMs.max).toBeLessThanOrEqual(40);
  const none = { p50: 0, p95: 0, max: 0 };
  expect(result.clean).toMatchObject({
    ...{ exactShare: 1, lossShare: 0, concealedFrames: 0, latePackets: 0 },
    ...{ repairDelayMs: none, frameDelayMs: none },
  });
  expect(render(result)).toContain(`${result.exact} of 60`);
});

it('refuses what is no share, no seed or no option', async () => {
  for (const args of [
    ['--loss', '2'],
    ['--seed', 'x'],
    ['--speed', '3'],
  ]) {
    await expect(run({ args, progress: () => undefined })).rejects.toMatchObject({ code: 'WRONG_ARGUMENT' });
  }
});
