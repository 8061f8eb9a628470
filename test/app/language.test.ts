/** STT_LANGUAGE: people are waited for by the words of the language that they speak. */
import { afterEach, expect, it } from 'vitest';
import { TURN_DEFAULTS } from '../../src/turn/defaults.ts';
import { type Bot, type BotOptions, startBot } from '../support/bot.ts';

let bot: Bot | null = null;
afterEach(async () => {
  await bot?.stop();
  bot = null;
});

const start = async (language: string, options: BotOptions = {}) => {
  bot = await startBot({ ...options, env: { STT: 'embedded', ...options.env, STT_LANGUAGE: language } });
  return bot;
};
const warnings = ({ logged }: Bot) => logged.filter(({ msg }) => msg.includes('recogniser does not hear'));

it('who asks for time in German gets it', async () => {
  const bot = await start('de-AT');
  const ada = await bot.joined();
  bot.fakes.stt.texts.push('moment mal');
  const next = bot.nextReport();
  await ada.sendTone(200, 440);
  await bot.clock.skip(TURN_DEFAULTS.gateWaitMs);
  const { marks } = (await next).record;
  expect(marks.endOfTurn! - marks.lastVoiced!).toBeGreaterThanOrEqual(TURN_DEFAULTS.gateWaitMs);
  expect(warnings(bot)).toEqual([]);
});

it('a recogniser that does not hear the language is warned of at start, with the remedy', async () => {
  const deaf = { real: ['stt'] } as const;
  expect(warnings(await start('de', deaf))).toMatchObject([
    { level: 40, remedy: expect.stringContaining('leave STT_LANGUAGE empty') },
  ]);
  await bot?.stop();
  expect(warnings(await start('en-GB', deaf))).toEqual([]);
  await bot?.stop();
  // One address is not measured, and nobody joins.
  const env = { STT: 'deepgram', DEEPGRAM_API_KEY: 'd'.repeat(40), STT_BASE_URL: 'http://127.0.0.1:9' };
  expect(warnings(await start('pl', { ...deaf, env }))).toMatchObject([
    { remedy: 'Set STT to elevenlabs or openai, or leave STT_LANGUAGE empty.' },
  ]);
  await bot?.stop();
  expect(warnings(await start('pt-BR', { ...deaf, env }))).toEqual([]);
});
