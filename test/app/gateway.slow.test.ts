/** Discord's gateway breaks while people talk: the conversation goes on, or is taken up again by itself. */
// @module-tag fault
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { expectCleanStop } from './left.ts';

let bot: Bot;
let ada: Person;
beforeEach(async () => {
  bot = await startBot();
  ada = await bot.joined();
  await bot.turn(ada);
});
afterEach(async () => {
  await expectCleanStop(bot);
  await bot.stop();
});

/** The library waits up to 5 s before it identifies anew. */
const BACK_WITHIN_MS = 15_000;

it.each([
  ['breaks', () => bot.loopback.faults.closeGateway(1006)],
  ['asks for a reconnect', () => bot.loopback.faults.requestReconnect()],
  ['closes with 4000', () => bot.loopback.faults.closeGateway(4000)],
  ['closes with 4009', () => bot.loopback.faults.closeGateway(4009)],
] as const)('goes on talking when the gateway %s', async (_, breakIt) => {
  breakIt();
  const resumed = bot.waitFor('the resume', () => bot.loopback.log.count('gateway.resume'), BACK_WITHIN_MS);
  expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
  await resumed;
  expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
  expect(bot.chat(bot.lounge)).toHaveLength(1);
  expect(bot.loopback.voiceStateRequests()).toBe(1);
});

const identified = () => bot.loopback.log.count('gateway.identify') > 1;

it('goes back by itself when the session is lost for good', async () => {
  bot.loopback.faults.invalidateSession(false);
  await bot.waitFor('the new session', identified, BACK_WITHIN_MS);
  await bot.waitFor('the second notice', () => bot.chat(bot.lounge).length === 2);
  for (const text of bot.chat(bot.lounge)) expect(text).toContain('I am listening');
  await bot.loopback.botReady(5_000);
  expect((await bot.turn(ada)).report.record).toMatchObject({ outcome: 'answered', channelId: bot.lounge });
});

it('does not go back to a channel that is empty by then', async () => {
  bot.loopback.faults.invalidateSession(false);
  ada.leaveVoice();
  await bot.waitFor('the new session', identified, BACK_WITHIN_MS);
  await bot.caughtUp();
  expect(bot.loopback.botVoiceChannelId()).toBeNull();
  expect(bot.loopback.voiceStateRequests()).toBe(1);
});
