/** What a /join that cannot be done is answered with: in private, in time, and naming what is missing. */
// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SlashAnswer } from '../../src/loopback/index.ts';
import { type Bot, type BotOptions, startBot } from '../support/bot.ts';
import { vendorError } from '../support/fake-providers.ts';
import { expectCleanStop, expectRoomClosed } from './left.ts';

let bot: Bot;
const start = async (options: BotOptions = {}) => {
  bot = await startBot(options);
};
afterEach(async () => {
  await bot.stop();
});

/** Discord shows "did not respond" after this time; the loopback goes by that as well. */
const ANSWER_WITHIN_MS = 3_000;

/** Said at once, to the asker alone, and Discord was not even asked. */
function expectRefusal(answer: SlashAnswer, ...parts: (string | RegExp)[]): void {
  expect(answer.private).toBe(true);
  expect(answer.answeredMs).toBeLessThan(ANSWER_WITHIN_MS);
  for (const part of parts) expect(answer.text).toMatch(part);
  expect(bot.loopback.voiceStateRequests()).toBe(0);
  expect(bot.loopback.botVoiceChannelId()).toBeNull();
}

describe('a /join that is refused', () => {
  it.each([
    ['View Channel', 'ViewChannel'],
    ['Connect', 'Connect'],
    ['Speak', 'Speak'],
    ['Send Messages', 'SendMessages'],
  ] as const)('names the missing permission %s', async (name, permission) => {
    await start();
    const ada = await bot.seat('Ada', { admin: true });
    bot.loopback.faults.denyPermissions(bot.lounge, [permission]);
    await bot.caughtUp();
    expectRefusal(await bot.command(ada, 'join'), name, `<#${bot.lounge}>`, '/join');
    bot.loopback.faults.denyPermissions(bot.lounge, []);
    await bot.caughtUp();
    expect((await bot.command(ada, 'join')).text).toContain('I am in');
  });

  it('names every missing permission at once', async () => {
    await start();
    const ada = await bot.seat('Ada', { admin: true });
    bot.loopback.faults.denyPermissions(bot.lounge, ['Connect', 'Speak', 'SendMessages']);
    await bot.caughtUp();
    expectRefusal(await bot.command(ada, 'join'), 'I lack: Connect, Speak, Send Messages');
  });

  it('says that the channel is full', async () => {
    await start();
    const ada = await bot.seat('Ada', { admin: true });
    bot.loopback.faults.limitUsers(bot.lounge, 1);
    await bot.caughtUp();
    expectRefusal(await bot.command(ada, 'join'), `<#${bot.lounge}> is full`, 'user limit');
  });

  it('asks for a channel when the asker is in none', async () => {
    await start();
    const ada = bot.loopback.addPerson({ name: 'Ada', admin: true });
    expectRefusal(await bot.command(ada, 'join'), 'You are in no voice channel', '/join channel');
  });

  it('comes into a full channel when it may move members, as Discord lets it', async () => {
    await start();
    const ada = await bot.seat('Ada', { admin: true });
    const [guild] = bot.loopback.guilds;
    guild!.giveRole(bot.loopback.botUserId, guild!.addRole('Doorkeeper', ['MoveMembers']));
    bot.loopback.faults.limitUsers(bot.lounge, 1);
    await bot.caughtUp();
    expect((await bot.command(ada, 'join')).text).toContain(`I am in <#${bot.lounge}>`);
  });

  it('does not go where everybody is mute', async () => {
    await start();
    const ada = bot.loopback.addPerson({ name: 'Ada', admin: true });
    bot.loopback.guilds[0]?.setAfkChannel(bot.workshop);
    await bot.caughtUp();
    const answer = await bot.command(ada, 'join', { options: { channel: bot.workshop } });
    expectRefusal(answer, `In <#${bot.workshop}> nobody can talk`);
  });

  it('says that it is timed out, and until when', async () => {
    await start();
    const ada = await bot.seat('Ada', { admin: true });
    bot.loopback.faults.timeOutBot(600_000);
    await bot.caughtUp();
    expectRefusal(await bot.command(ada, 'join'), 'timed me out', /<t:\d{10}:R>/);
    bot.loopback.faults.timeOutBot(0);
    await bot.caughtUp();
    expect((await bot.command(ada, 'join')).text).toContain('I am in');
  });

  it('keeps to ALLOWED_GUILDS', async () => {
    await start({ env: { ALLOWED_GUILDS: '123456789' } });
    const ada = await bot.seat('Ada', { admin: true });
    expectRefusal(await bot.command(ada, 'join'), 'not allowed to talk in this server', 'ALLOWED_GUILDS');
    expect((await bot.command(ada, 'voice show')).text).toContain('ALLOWED_GUILDS');
    expect((await bot.command(ada, 'privacy status')).text).not.toContain('ALLOWED_GUILDS');
  });

  it('joins in a server of ALLOWED_GUILDS', async () => {
    await start({ env: ({ guildId }) => ({ ALLOWED_GUILDS: `123456789,${guildId}` }) });
    const ada = await bot.joined();
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
  });

  it('is not offered in a direct message, where only /privacy is', async () => {
    await start();
    const ada = bot.loopback.addPerson({ name: 'Ada', admin: true });
    for (const name of ['join', 'leave', 'latency now']) {
      await expect(bot.command(ada, name, { guild: false })).rejects.toThrow('in direct messages');
    }
    expect(await bot.command(ada, 'privacy status', { guild: false })).toMatchObject({
      private: true,
      text: expect.stringContaining('I hear you'),
    });
  });
});

describe('a /join that Discord does not carry out', () => {
  beforeEach(() => start());

  /** Skips time until the answer is there; the real network runs on in between. */
  async function answered(joining: Promise<SlashAnswer>): Promise<SlashAnswer> {
    let done = false;
    const answer = joining.finally(() => {
      done = true;
    });
    for (let skippedMs = 0; !done && skippedMs < 60_000; skippedMs += 100) await bot.clock.skip(100);
    return await answer;
  }

  async function expectFailureThenSuccess(mend: () => void, ...parts: string[]): Promise<void> {
    const ada = await bot.seat('Ada', { admin: true });
    const joining = bot.command(ada, 'join');
    await bot.waitFor('the request to join', () => bot.loopback.voiceStateRequests());
    const answer = await answered(joining);
    expect(answer.private).toBe(true);
    for (const part of parts) expect(answer.text).toContain(part);
    mend();
    await expectRoomClosed(bot);
    expect(bot.chat(bot.lounge)).toEqual([]);
    expect((await bot.command(ada, 'join')).text).toContain(`I am in <#${bot.lounge}>`);
    await bot.loopback.botReady(5_000);
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
    await expectCleanStop(bot);
  }

  it('says so when the request is never answered', async () => {
    bot.loopback.knobs.ignoreVoiceState = true;
    const mend = () => {
      bot.loopback.knobs.ignoreVoiceState = false;
    };
    await expectFailureThenSuccess(mend, 'Discord did not answer', '/join again');
    // Asked more than once, but no more often than Discord bears.
    expect(bot.loopback.voiceStateRequests()).toBeGreaterThan(2);
    expect(bot.loopback.voiceStateRequests()).toBeLessThan(20);
  });

  it.each([
    ['port', 'could not be reached'],
    [4017, 'end-to-end encryption'],
    [4021, 'refuses more voice connections'],
  ] as const)('says so when the voice server refuses (%s)', async (refusal, text) => {
    bot.loopback.knobs.refuseVoice = refusal;
    const mend = () => {
      bot.loopback.knobs.refuseVoice = null;
    };
    await expectFailureThenSuccess(mend, text);
    expect(bot.loopback.voiceStateRequests()).toBeLessThan(20);
  });

  it('says so when no packet comes through', async () => {
    bot.loopback.knobs.dropDiscoveryReplies = 1_000;
    const mend = () => {
      bot.loopback.knobs.dropDiscoveryReplies = 0;
    };
    await expectFailureThenSuccess(mend, 'could not be reached', 'UDP');
  });

  it('says so when a provider cannot be connected to, and closes the others', async () => {
    bot.fakes.stt.connections.next = vendorError('NO_KEY');
    const mend = () => {
      bot.fakes.stt.connections.next = 'opens';
    };
    await expectFailureThenSuccess(mend, 'The vendor said no. Ask the vendor.');
  });

  it.each(['hangs until aborted', 'hangs for ever'] as const)(
    'says so when connecting to a provider %s',
    async (how) => {
      bot.fakes.llm.connections.next = how;
      const mend = () => {
        bot.fakes.llm.connections.next = 'opens';
      };
      await expectFailureThenSuccess(mend, 'fake-llm', 'took longer than');
    },
  );
});
