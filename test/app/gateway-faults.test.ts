/** Discord's gateway says what it should not, or takes a session away for a moment, while people talk: the talk goes on. */
// @module-tag fault
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, type BotOptions, startBot } from '../support/bot.ts';
import { expectCleanStop } from './left.ts';

let bot: Bot;
let ada: Person;
const begin = async (options: BotOptions = {}) => {
  bot = await startBot(options);
  ada = await bot.joined();
};

it('a login that the gateway never answers is given up after 30 s, with a remedy, and leaves nothing behind', async () => {
  bot = await startBot();
  try {
    await bot.stopApp();
    bot.loopback.knobs.ignoreIdentify = true;
    const logins = bot.loopback.log.of('rest').length;
    const failed = expect(bot.restart()).rejects.toMatchObject({
      ...{ code: 'LOGIN_TIMEOUT', remedy: expect.stringContaining('discordstatus') },
    });
    await bot.waitFor('the login', () => bot.loopback.log.of('rest').length > logins);
    await bot.clock.skip(30_000);
    await failed;
    await expectCleanStop(bot);
  } finally {
    await bot.stop();
  }
});

describe('a session', () => {
  afterEach(async () => {
    await bot.stop();
  });

  it('that is invalid but resumable is resumed in the middle of a turn, which is answered', async () => {
    await begin();
    const next = bot.nextReport();
    const speaking = ada.sendTone(200, 440);
    bot.loopback.faults.invalidateSession(true);
    await bot.waitFor('the resume', () => bot.loopback.log.count('gateway.resume') === 1);
    await speaking;
    expect((await next).record.outcome).toBe('answered');
    expect(bot.loopback.log.count('gateway.identify')).toBe(1);
    expect(bot.loopback.closes()).toEqual([]);
    expect(bot.loopback.voiceStateRequests()).toBe(1);
  });

  it('whose heartbeats nobody answers is resumed on another connection, and the talk goes on', async () => {
    await begin({ loopback: { gatewayHeartbeatMs: 400 } });
    bot.loopback.knobs.ignoreGatewayHeartbeats = true;
    await bot.waitFor('the end of the connection', () => bot.loopback.log.count('gateway.close') === 1);
    bot.loopback.knobs.ignoreGatewayHeartbeats = false;
    await bot.waitFor('the resume', () => bot.loopback.log.count('gateway.resume') === 1);
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
    expect(bot.loopback.voiceStateRequests()).toBe(1);
  });

  it('that is resumed is told what it missed: who left meanwhile is known to be gone', async () => {
    await begin();
    const bob = await bot.seat('Bob');
    await bot.turn(bob);
    bot.loopback.faults.closeGateway(1006);
    await bot.waitFor('the break', () => bot.loopback.log.count('gateway.close') === 1);
    bob.leaveVoice();
    await bot.waitFor('the resume', () => bot.loopback.log.count('gateway.resume') === 1);
    await bot.waitFor('Bob to be forgotten', () => bot.fakes.stt.heard.some(({ closed }) => closed));
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
  });
});

describe('a message of the gateway that cannot be handled is logged, and the next one is handled:', () => {
  beforeAll(() => begin());
  afterAll(async () => {
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
    expect(bot.loopback.closes()).toEqual([]);
    await bot.stop();
  });
  const event = (t: string, d?: unknown) => JSON.stringify({ op: 0, t, s: 1, d });
  const brokenLines = () =>
    bot.logged.filter(({ msg }) => msg === 'message of the Discord gateway could not be handled');

  it.each([
    ['somebody moved, without data', () => event('VOICE_STATE_UPDATE')],
    ['a voice server without data', () => event('VOICE_SERVER_UPDATE')],
    [
      'a voice server without a token',
      () => event('VOICE_SERVER_UPDATE', { guild_id: bot.loopback.guildId }),
    ],
    ['an interaction without data', () => event('INTERACTION_CREATE')],
    ['an interaction of nobody', () => event('INTERACTION_CREATE', { id: '1', type: 2, data: { type: 1 } })],
    ['a channel without data', () => event('CHANNEL_DELETE')],
    ['a server without data', () => event('GUILD_CREATE')],
    ['an error as an event', () => event('error', { message: 'hello' })],
    ['an invalid session that does not say how', () => JSON.stringify({ op: 9 })],
  ])('%s', async (_, message) => {
    const before = brokenLines().length;
    bot.loopback.faults.sendGateway(message());
    await bot.caughtUp();
    const lines = brokenLines().slice(before);
    expect(lines).toMatchObject([{ shardId: 0, broken: before + 1, err: { message: expect.any(String) } }]);
  });

  it.each([
    ['no JSON', 'hello'],
    ['half an object', '{"op":0,'],
    ['null', 'null'],
    ['a number', '5'],
    ['an unknown op', '{"op":99}'],
    ['an unknown event', event('NEVER_HEARD_OF', {})],
    ['binary garbage', Buffer.alloc(64, 0xa5)],
    ['no bytes', Buffer.alloc(0)],
  ])('%s is passed over', async (_, message) => {
    const before = brokenLines().length;
    bot.loopback.faults.sendGateway(message);
    await bot.caughtUp();
    expect(brokenLines()).toHaveLength(before);
  });
});
