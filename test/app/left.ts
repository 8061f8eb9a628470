/** What must be gone once the bot has left a channel, and once the app has stopped. */
import { expect } from 'vitest';
import type { Bot } from '../support/bot.ts';

/** The bot sits in no channel, and nothing of the room it was in still runs. */
export async function expectRoomClosed(bot: Bot): Promise<void> {
  const { stt, llm, tts, vad } = bot.fakes;
  await bot.waitFor('the bot to leave', () => bot.loopback.botVoiceChannelId() === null);
  await bot.waitFor('the last timer', () => bot.clock.pending === 0);
  expect({
    stt: stt.connections.open,
    llm: llm.connections.open,
    tts: tts.connections.open,
    detectors: vad.open,
    recognisers: stt.heard.filter(({ closed }) => !closed).length,
  }).toEqual({ stt: 0, llm: 0, tts: 0, detectors: 0, recognisers: 0 });
}

const udpSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length;

/** Stops the app: the bot is in no channel, and it has left no timer, connection or socket behind. */
export async function expectCleanStop(bot: Bot): Promise<void> {
  await bot.stopApp();
  await expectRoomClosed(bot);
  expect(bot.fakes.vad.poolClosed).toBe(true);
  const { log } = bot.loopback;
  await bot.waitFor('the logout', () => log.count('gateway.close') >= log.count('gateway.identify'));
  // The loopback's own voice server has one.
  expect(udpSockets()).toBe(1);
  expect(bot.logged.filter(({ level }) => level >= 50)).toEqual([]);
}
