/** A server that has spent what it may today: the room reads why, the agent leaves, and asks no vendor any more. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { TextToSpeech } from '../../src/providers/tts/tts.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { fakeProviders } from '../support/fake-providers.ts';

let bot: Bot | null = null;
afterEach(async () => {
  await bot?.stop();
  bot = null;
});

/** One dollar a request to the model, and nothing for anything else. */
function prices(more: object = {}): string {
  const path = join(tmpdir(), `parley-prices-${process.pid}.json`);
  writeFileSync(
    path,
    JSON.stringify({ 'fake-llm/*': { perCall: 1 }, 'fake-stt/*': {}, 'fake-tts/*': { perCall: 0 }, ...more }),
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

it('bills what was cut off when the agent left, and when the program ended', async () => {
  const { tts } = fakeProviders();
  let given = 0;
  let closesInMs = 0;
  const cutOff: TextToSpeech = {
    ...{ name: tts.name, place: tts.place },
    async connect(signal) {
      const connection = await tts.connect(signal);
      const close = async () => {
        await connection.close();
        if (closesInMs > 0) await setTimeout(closesInMs);
        given += 2_000;
      };
      const counting = { ...connection, close };
      return Object.defineProperty(counting, 'givenCharacters', { get: () => given }) as typeof connection;
    },
  };
  const env = { PRICES_FILE: prices({ 'fake-tts/*': { perThousandCharacters: 1 } }) };
  bot = await startBot({ realStore: true, providers: { tts: cutOff }, env });
  const ada = await bot.joined();
  await bot.turn(ada);
  await bot.command(ada, 'leave');
  const today = async () => /cost today: (\S+)/.exec((await bot!.command(ada, 'latency stats')).text)?.[1];
  expect(await today()).toBe('$3.00');
  given = 0;
  await bot.command(ada, 'join');
  // Longer than the store takes.
  closesInMs = 100;
  await bot.restart();
  expect(await today()).toBe('$5.00');
});

it('does not start with a cap that it could not keep', async () => {
  await expect(startBot({ env: { DAILY_CAP_USD: '2' } })).rejects.toMatchObject({
    code: 'PRICE_UNKNOWN',
    message: expect.stringContaining('fake-stt/fake-stt and fake-llm/fake-llm and fake-tts/fake-tts'),
  });
});
