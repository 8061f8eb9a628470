/** /settings: what a server sets holds from its next /join on. */
import { afterEach, expect, it } from 'vitest';
import { personas } from '../../src/personas/index.ts';
import { type Bot, startBot } from '../support/bot.ts';

let bot: Bot | null = null;
afterEach(async () => {
  await bot?.stop();
  bot = null;
});

it('another persona answers after the next /join', async () => {
  bot = await startBot();
  const ada = await bot.joined();
  const options = { name: 'persona', value: 'smart-home' };
  const { text } = await bot.command(ada, 'settings set', { options });
  expect(text).toBe('persona is smart-home now. Changes take effect at the next /join.');
  await bot.turn(ada);
  await bot.command(ada, 'leave');
  await bot.command(ada, 'join');
  await bot.loopback.botReady(5_000);
  await bot.turn(ada);
  const [before, after] = bot.fakes.llm.requests.map(({ system }) => system);
  expect(before).toContain(personas.assistant);
  expect(after).toContain(personas['smart-home']);
});
