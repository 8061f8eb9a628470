/** The rejoin guard under virtual time: few joins leave, however often the library asks, and leaving never waits. */
// @module-tag fault
import type { DiscordGatewayAdapterCreator } from '@discordjs/voice';
import { beforeEach, describe, expect, it } from 'vitest';
import { RejoinGuard } from '../../src/discord/rejoin-guard.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

let clock: VirtualClock;
/** "instant channel" of what reached the gateway. */
let left: string[];
let deadlinesFrom: number[];
let destroyed: boolean;
let gatewayAway: boolean;
/** Called after each join that left, as the library learns of its failure. */
let refused: () => void;

beforeEach(() => {
  clock = new VirtualClock(0);
  left = [];
  deadlinesFrom = [];
  destroyed = false;
  gatewayAway = false;
  refused = () => undefined;
});

function guarded(random = () => 0) {
  const guard = new RejoinGuard(clock, random, () => deadlinesFrom.push(clock.now()));
  const create: DiscordGatewayAdapterCreator = () => ({
    sendPayload: (payload) => {
      if (gatewayAway) return false;
      left.push(`${clock.now()} ${payload.d.channel_id}`);
      if (payload.d.channel_id !== null) refused();
      return true;
    },
    destroy: () => {
      destroyed = true;
    },
  });
  const methods = { onVoiceServerUpdate() {}, onVoiceStateUpdate() {}, destroy() {} };
  const adapter = guard.wrap(create)(methods);
  const ask = (channelId: string | null) =>
    adapter.sendPayload({
      op: 4,
      d: { guild_id: '1', channel_id: channelId, self_mute: false, self_deaf: false },
    });
  return { guard, adapter, ask };
}

describe('joins', () => {
  it('leave at once the first time, then after 0.5, 1, 2, 4, 8, 15, 15 ... s', async () => {
    const { ask } = guarded();
    refused = () => clock.setTimer(0, () => ask('7'));
    ask('7');
    await clock.advance(61_000);
    expect(left.map((line) => Number(line.split(' ')[0]))).toEqual([
      0, 500, 1_500, 3_500, 7_500, 15_500, 30_500, 45_500, 60_500,
    ]);
  });

  it.each([0, 0.5, 0.999])('are at most 12 in any minute in a hot loop (chance %f)', async (chance) => {
    const { ask } = guarded(() => chance);
    refused = () => clock.setTimer(5, () => ask('7'));
    ask('7');
    await clock.advance(300_000);
    const atMs = left.map((line) => Number(line.split(' ')[0]));
    for (const start of atMs) {
      expect(atMs.filter((ms) => ms >= start && ms < start + 60_000).length).toBeLessThanOrEqual(12);
    }
    // It does not give up either: that is for others to decide.
    expect(atMs.at(-1)).toBeGreaterThan(275_000);
  });

  it('that are asked for again while one waits replace it', async () => {
    const { ask } = guarded();
    for (let i = 0; i < 100; i++) expect(ask(String(i))).toBe(true);
    await clock.advance(60_000);
    expect(left).toEqual(['0 0', '15000 99']);
    expect(clock.pending).toBe(0);
  });

  it('start their deadline when they leave, not when they are asked for', async () => {
    const { ask } = guarded();
    ask('7');
    ask('7');
    await clock.advance(500);
    expect(deadlinesFrom).toEqual([0, 500]);
  });

  it('that find the gateway away go as soon as it is back, and the first is told so', async () => {
    const { ask } = guarded();
    gatewayAway = true;
    expect(ask('7')).toBe(false);
    expect(ask('7')).toBe(true);
    await clock.advance(3_000);
    gatewayAway = false;
    await clock.advance(1_000);
    expect(left).toEqual(['3500 7']);
    // The wait for the answer has its deadline from the first try on.
    expect(deadlinesFrom).toEqual([0, 500]);
    expect(clock.pending).toBe(0);
  });

  it('are immediate again once the connection was good', async () => {
    const { guard, ask } = guarded();
    ask('7');
    ask('7');
    await clock.advance(1_000);
    guard.reset();
    ask('7');
    expect(left).toEqual(['0 7', '500 7', '1000 7']);
  });
});

describe('leaving', () => {
  it('is never delayed, and no join follows it', async () => {
    const { ask } = guarded();
    for (let i = 0; i < 5; i++) ask('7');
    ask(null);
    expect(left).toEqual(['0 7', '0 null']);
    await clock.advance(60_000);
    expect(left).toEqual(['0 7', '0 null']);
    expect(clock.pending).toBe(0);
  });

  it('by destroying takes the waiting join along', async () => {
    const { adapter, ask } = guarded();
    ask('7');
    ask('7');
    adapter.destroy();
    expect(destroyed).toBe(true);
    await clock.advance(60_000);
    expect(left).toEqual(['0 7']);
  });
});
