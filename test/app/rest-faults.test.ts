/** Discord's REST API fails, limits or is late: commands are answered all the same where that is possible, and nothing ends. */
// @module-tag fault
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, type BotOptions, startBot } from '../support/bot.ts';
import { vendorError } from '../support/fake-providers.ts';

let bot: Bot;
let ada: Person;
async function start(options: BotOptions = {}): Promise<void> {
  bot = await startBot(options);
  ada = bot.loopback.addPerson({ name: 'Ada', admin: true });
}

const CALLBACK = /^POST .*callback$/;
const MESSAGE = /^POST .*messages$/;
const errors = () => bot.logged.filter(({ level }) => level >= 50);
const statuses = (path: RegExp) =>
  bot.loopback.log
    .of('rest')
    .filter(({ method, path: asked }) => path.test(`${method} ${asked}`))
    .map(({ status }) => status);

describe('an API that fails for a moment:', () => {
  beforeAll(() => start());
  afterAll(async () => {
    await bot.stop();
  });

  it.each([500, 502, 503])(
    'an answer that Discord fails to take (%i) is sent again, and arrives',
    async (status) => {
      bot.loopback.faults.failRest({ match: CALLBACK, status, times: 1 });
      expect(await bot.command(ada, 'privacy status')).toMatchObject({ private: true });
      expect(statuses(CALLBACK).slice(-2)).toEqual([status, 204]);
      expect(errors()).toEqual([]);
    },
  );

  it.each(['user', 'shared', 'global'] as const)(
    'an answer that meets a rate limit (%s, 429) waits as its headers say, and arrives',
    async (scope) => {
      bot.loopback.faults.failRest({ match: CALLBACK, status: 429, times: 1, retryAfterMs: 150, scope });
      const { firstAnswerMs } = await bot.command(ada, 'privacy status');
      expect(firstAnswerMs).toBeGreaterThan(140);
      expect(statuses(CALLBACK).slice(-2)).toEqual([429, 204]);
      expect(errors()).toEqual([]);
    },
  );
});

describe('an API that fails:', () => {
  afterEach(async () => {
    await bot.stop();
  });

  it('an interaction that Discord no longer knows when the answer comes is logged, and the next is answered', async () => {
    await start({ loopback: { interactionAnswerMs: 150 } });
    bot.loopback.faults.failRest({ match: CALLBACK, status: null, times: 1, delayMs: 200 });
    await expect(bot.command(ada, 'privacy status')).rejects.toThrow('did not respond');
    const line = await bot.waitFor('the reason', () => errors()[0]);
    expect(line).toMatchObject({ msg: 'command could not be answered', err: { code: 10_062 } });
    expect((await bot.command(ada, 'privacy status')).text).toContain('I hear you');
    expect(errors()).toHaveLength(1);
  });

  it('an answer that Discord does not take at all is logged without its words and tokens, and the next arrives', async () => {
    await start({ loopback: { interactionAnswerMs: 300 } });
    // The answer itself, and the words that say that it failed.
    bot.loopback.faults.failRest({ match: CALLBACK, status: 403, times: 2 });
    await expect(bot.command(ada, 'privacy status')).rejects.toThrow('did not respond');
    const [line] = errors();
    expect(line).toMatchObject({ msg: 'command could not be answered', err: { status: 403 } });
    expect(JSON.stringify(line)).not.toMatch(/I hear you|aW50ZXJhY3Rpb24/);
    expect((await bot.command(ada, 'privacy status')).text).toContain('I hear you');
  });

  it('a text for the chat that meets an error and a rate limit is posted once', async () => {
    await start();
    await bot.joined('Bea');
    await bot.waitFor('the notice', () => bot.chat(bot.lounge).length === 1);
    bot.fakes.tts.script = { error: vendorError('TTS_DOWN') };
    bot.loopback.faults.failRest({ match: MESSAGE, status: 500, times: 1 });
    bot.loopback.faults.failRest({ match: MESSAGE, status: 429, times: 1, retryAfterMs: 50 });
    await ada.joinVoice(bot.lounge);
    await bot.turn(ada);
    await bot.waitFor('the answer in the chat', () => bot.chat(bot.lounge).includes('It is noon.'));
    expect(bot.chat(bot.lounge).filter((text) => text === 'It is noon.')).toHaveLength(1);
    expect(statuses(MESSAGE)).toEqual([200, 500, 429, 200]);
  });

  it('a text for the chat that cannot be posted is logged with a remedy and without its words', async () => {
    await start();
    bot.loopback.faults.failRest({ match: MESSAGE, status: 403, times: 1 });
    await bot.joined('Bea');
    const line = await bot.waitFor('the warning', () =>
      bot.logged.find(({ msg }) => msg === 'message could not be posted in the chat'),
    );
    expect(line.remedy).toContain('Send Messages');
    expect(line.err).toMatchObject({ type: 'DiscordAPIError[0]', status: 403, method: 'POST' });
    expect(JSON.stringify(line)).not.toContain('I am listening');
    await ada.joinVoice(bot.lounge);
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
  });
});
