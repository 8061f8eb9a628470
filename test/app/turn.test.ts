/** A whole turn over the loopback: a tone in, an answer out, and the figures that /latency shows of it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Bot, startBot } from '../support/bot.ts';

let bot: Bot;
beforeEach(async () => {
  bot = await startBot();
});
afterEach(async () => {
  await bot.stop();
});

it('answers', async () => {
  const ada = await bot.joined();
  const { spoken, report } = await bot.turn(ada);
  expect(report.record).toMatchObject({ outcome: 'answered', reason: null, audible: 'answer' });
  expect(await bot.loopback.room.nextAudible(spoken.lastVoicedSentMs, 1000)).toBeGreaterThan(0);
  expect(report.transcript).toBe('what time is it');
  expect(report.reply).toBe('It is noon.');
});
