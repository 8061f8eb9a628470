/** A server that has spent what it may today: the room reads why, the agent leaves, and asks no vendor any more. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type Bot, startBot } from '../support/bot.ts';

let bot: Bot | null = null;
afterEach(async () => {
  await bot?.stop();
  bot = null;
});

/** One dollar a request to the model, and nothing for anything else. */
function prices(): string {
  const path = join(tmpdir(), `parley-prices-${process.pid}.json`);
  writeFileSync(
    path,
    JSON.stringify({ 'fake-llm/*': { perCall: 1 }, 'fake-stt/*': {}, 'fake-tts/*': { perCall: 0 } }),
  );
  return path;
}

it('answers until the cap, says so, leaves, and does not come back that day', async () => {
  bot = await startBot({ realStore: true, env: { PRICES_FILE: prices(), DAILY_CAP_USD: '2' } });
  const ada = await bot.joined();
  const first = await bot.turn(ada);
  expect(first.report.record).toMatchObject({ outcome: 'answered', cost: { usd: 1, usage: { calls: 1 } } });
  const { text } = await bot.command(ada, 'latency stats');
  expect(text).toContain('cost a turn: $1.00 (mean of 1)\ncost today: $1.00 of at most $2.00');
  const second = await bot.turn(ada);
  expect(second.report.record.cost?.usd).toBe(1);
  const { loopback, lounge, fakes } = bot;
  await bot.waitFor('the agent to leave', () => loopback.botVoiceChannelId() === null);
  expect(bot.chat(lounge).filter((words) => words.includes("used up today's budget"))).toHaveLength(1);
  expect(fakes.llm.requests).toHaveLength(2);
  const heard = fakes.stt.heard.length;
  const spoken = fakes.tts.clauses.length;
  const { text: refusal } = await bot.command(ada, 'join');
  expect(refusal).toContain('used up what it may cost a day (2 USD). Come back after 00:00 UTC');
  // Not even after a restart.
  await bot.restart();
  expect((await bot.command(ada, 'join')).text).toContain('used up');
  expect([fakes.llm.requests.length, fakes.stt.heard.length, fakes.tts.clauses.length]).toEqual([
    2,
    heard,
    spoken,
  ]);
  expect(fakes.llm.connections.opened).toBe(1);
});

it('does not start with a cap that it could not keep', async () => {
  await expect(startBot({ env: { DAILY_CAP_USD: '2' } })).rejects.toMatchObject({
    code: 'PRICE_UNKNOWN',
    message: expect.stringContaining('fake-stt/fake-stt and fake-llm/fake-llm and fake-tts/fake-tts'),
  });
});
