/** A moderator moves the bot to another channel: it follows, or leaves, as it was set up, and nobody is left wondering. */
// @module-tag fault
import { afterEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, type BotOptions, startBot } from '../support/bot.ts';
import { expectCleanStop, expectRoomClosed } from './left.ts';

let bot: Bot;
let ada: Person;
const start = async (options: BotOptions = {}) => {
  bot = await startBot(options);
  ada = await bot.joined();
};
afterEach(async () => {
  await expectCleanStop(bot);
  await bot.stop();
});

const isIn = (channelId: string) => bot.loopback.botVoiceChannelId() === channelId;

it('follows, and says there that it listens', async () => {
  await start();
  const bob = await bot.seat('Bob', { channelId: bot.workshop });
  bot.loopback.faults.moveBot(bot.workshop);
  const notice = await bot.waitFor('the notice', () => bot.chat(bot.workshop)[0]);
  expect(notice).toContain('I am listening now');
  await bot.loopback.botReady(5_000);
  expect((await bot.turn(bob)).report.record).toMatchObject({ outcome: 'answered', channelId: bot.workshop });
  expect(isIn(bot.workshop)).toBe(true);
  expect(bot.chat(bot.lounge)).toHaveLength(1);
  expect((await bot.command(ada, 'leave')).text).toBe('I left the voice channel.');
  await expectRoomClosed(bot);
});

it('leaves when it is set up so, and says once where it was how to call it', async () => {
  await start({ env: { WHEN_MOVED: 'leave' } });
  bot.fakes.llm.always = { hangs: 'until aborted' };
  const finished = bot.nextReport();
  await ada.sendTone(200, 440);
  await bot.waitFor('the model to be asked', () => bot.fakes.llm.requests[0]);
  bot.loopback.faults.moveBot(bot.workshop);
  await expectRoomClosed(bot);
  expect((await finished).record).toMatchObject({ outcome: 'unanswered', reason: 'ROOM_CLOSED' });
  await bot.waitFor('the message', () => bot.chat(bot.lounge)[1]);
  bot.fakes.llm.always = { text: 'It is noon.' };
  expect((await bot.command(ada, 'join')).text).toContain(`I am in <#${bot.lounge}>`);
  await bot.loopback.botReady(5_000);
  expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
  expect(bot.chat(bot.lounge)).toMatchObject([
    expect.stringContaining('I am listening'),
    `A moderator moved me to <#${bot.workshop}>, so I left. /join calls me back.`,
    expect.stringContaining('I am listening'),
  ]);
  expect(bot.chat(bot.workshop)).toEqual([]);
  expect(bot.logged.filter(({ msg }) => msg === 'the conversation is over')).toMatchObject([
    { why: 'moved', toChannelId: bot.workshop },
  ]);
});

it.each([
  ['it cannot talk', () => bot.loopback.faults.denyPermissions(bot.workshop, ['Speak']), 'I lack: Speak'],
  ['nobody can talk', () => bot.loopback.guilds[0]!.setAfkChannel(bot.workshop), 'nobody can talk'],
] as const)('leaves when it is moved to where %s, and says why where it was', async (_, change, why) => {
  await start();
  change();
  await bot.caughtUp();
  bot.loopback.faults.moveBot(bot.workshop);
  await expectRoomClosed(bot);
  const reason = await bot.waitFor('the reason', () => bot.chat(bot.lounge)[1]);
  expect(reason).toContain(`I was moved to <#${bot.workshop}> and had to leave.`);
  expect(reason).toContain(why);
});

describe('in the middle of following', () => {
  /** The bot sits in the workshop, and waits there for a provider. */
  const follow = async () => {
    await start();
    bot.fakes.stt.connections.next = 'hangs until aborted';
    bot.loopback.faults.moveBot(bot.workshop);
    await bot.waitFor('the old room to be closed', () => bot.fakes.stt.connections.open === 0);
    await bot.caughtUp();
    bot.fakes.stt.connections.next = 'opens';
  };
  const notices = (channelId: string) => bot.chat(channelId).map((text) => text.split('.')[0]);
  const LISTENS = expect.stringContaining('I am listening now');

  it('is moved on, and nobody is told that it had to leave', async () => {
    await follow();
    bot.loopback.faults.moveBot(bot.lounge);
    await bot.waitFor('the second notice', () => bot.chat(bot.lounge)[1]);
    await bot.loopback.botReady(5_000);
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
    expect([notices(bot.lounge), notices(bot.workshop)]).toEqual([[LISTENS, LISTENS], []]);
  });

  it('is moved on to where it cannot talk: told where people talked with it', async () => {
    await follow();
    bot.loopback.faults.denyPermissions(bot.lounge, ['Speak']);
    await bot.caughtUp();
    bot.loopback.faults.moveBot(bot.lounge);
    await expectRoomClosed(bot);
    bot.loopback.faults.denyPermissions(bot.lounge, []);
    await bot.caughtUp();
    await bot.command(ada, 'join');
    await bot.waitFor(
      'the second notice',
      () => bot.chat(bot.lounge).filter((text) => /listening/.test(text))[1],
    );
    const why = `I was moved to <#${bot.lounge}> and had to leave`;
    expect([notices(bot.lounge), notices(bot.workshop)]).toEqual([[LISTENS, why, LISTENS], []]);
  });

  it('is sent away by /leave, or called elsewhere by /join, and tells nothing else', async () => {
    await follow();
    expect((await bot.command(ada, 'leave')).text).toBe('I left the voice channel.');
    await expectRoomClosed(bot);
    await bot.command(ada, 'join');
    bot.fakes.stt.connections.next = 'hangs until aborted';
    bot.loopback.faults.moveBot(bot.workshop);
    await bot.waitFor('the old room to be closed', () => bot.fakes.stt.connections.open === 0);
    bot.fakes.stt.connections.next = 'opens';
    expect((await bot.command(ada, 'join')).text).toContain(`I am in <#${bot.lounge}>`);
    await bot.caughtUp();
    expect([notices(bot.lounge), notices(bot.workshop)]).toEqual([[LISTENS, LISTENS, LISTENS], []]);
  });
});
