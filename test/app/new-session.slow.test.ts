/** The session at Discord's gateway is lost, and replaced before the voice connection is given up. */
// @module-tag fault
import { afterEach, expect, it, vi } from 'vitest';
import { startBot } from '../support/bot.ts';
import { expectCleanStop } from './left.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('goes back by itself when the new session is there before the old conversation is over', async () => {
  const bot = await startBot({ loopback: { resumeWindowMs: 100 } });
  try {
    const ada = await bot.joined();
    await bot.turn(ada);
    // The library lets five seconds of Date go by between two sessions: without them the new one is there at once.
    const now = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 6_000);
    bot.loopback.faults.closeGateway(4009);
    await bot.waitFor('the second notice', () => bot.chat(bot.lounge).length === 2, 15_000);
    for (const text of bot.chat(bot.lounge)) expect(text).toContain('I am listening');
    await bot.loopback.botReady(5_000);
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
    const over = bot.logged.findIndex(({ msg }) => msg === 'the conversation is over');
    expect(bot.logged[over]).toMatchObject({ why: 'lost', code: 'VOICE_KICKED' });
    await expectCleanStop(bot);
  } finally {
    await bot.stop();
  }
});
