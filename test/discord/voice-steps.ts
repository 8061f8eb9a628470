/** Steps that tests of the voice supervisor share. */
import { expect } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import type { Rig, Stay } from './voice-rig.ts';

/** How many voice state requests have left so far. */
export const sends = (rig: Rig): number => rig.loopback.voiceStateRequests();

/** The channels of all voice state requests, null for leaving. */
export const requests = (rig: Rig): unknown[] =>
  rig.loopback.log.of('gateway.voiceState').map(({ channelId }) => channelId);

export const status = (stay: Stay): string => stay.voice.connection.state.status;

/** What the supervisor's `ready` rejects with; null when it resolves. */
export const failure = async (stay: Stay): Promise<unknown> =>
  await stay.voice.ready.then(() => null).catch((error: unknown) => error);

/** Both directions: the person is heard, and the room hears the bot, encrypted. */
export async function expectAudio(rig: Rig, stay: Stay, person: Person): Promise<void> {
  await rig.loopback.botReady(5_000);
  await rig.waitFor('the connection to carry audio', () => stay.voice.canSend);
  const told = stay.told.length;
  const sinceMs = performance.now();
  await Promise.all([
    person.sendTone(100, 440),
    stay.say(200),
    rig.loopback.room.nextAudible(sinceMs, 5_000),
    rig.waitFor('the end of the talk', () => stay.told.slice(told).some(({ type }) => type === 'talkEnded')),
  ]);
  expect(rig.loopback.room.stats.plainWhileEncrypted).toBe(0);
  expect(stay.counters.undecodable).toBe(0);
}

/** Skips time until the connection is given up; resolves with how long that took. */
export async function untilLost(rig: Rig, stay: Stay, atMostMs: number): Promise<number> {
  const startMs = rig.clock.now();
  while (!stay.lost && rig.clock.now() - startMs < atMostMs) {
    await rig.clock.skip(100);
    await settled(rig);
  }
  return rig.clock.now() - startMs;
}

/** What is on its way between the client and the loopback arrives. */
export async function settled(rig: Rig): Promise<void> {
  const before = rig.loopback.log.entries.length;
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  if (rig.loopback.log.entries.length > before) await settled(rig);
}
