/** What becomes of the bot when people leave it, and when moderators deal with it. */
// @module-tag fault
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { expectCleanStop, expectRoomClosed } from './left.ts';

let bot: Bot;
let ada: Person;
beforeEach(async () => {
  bot = await startBot();
  ada = await bot.joined();
});
afterEach(async () => {
  await expectCleanStop(bot);
  await bot.stop();
});

const isIn = (channelId: string) => bot.loopback.botVoiceChannelId() === channelId;

/** The operator finds in the log why the conversation was over. */
function expectReason(reason: Record<string, unknown>): void {
  expect(bot.logged.filter(({ msg }) => msg === 'the conversation is over')).toMatchObject([reason]);
}

/** The bot can be called again, and talks. */
async function expectWorks(channelId = bot.lounge): Promise<void> {
  await ada.joinVoice(channelId);
  expect((await bot.command(ada, 'join')).text).toContain(`I am in <#${channelId}>`);
  await bot.loopback.botReady(5_000);
  expect((await bot.turn(ada)).report.record).toMatchObject({ outcome: 'answered', channelId });
}

it('leaves a minute after the last human, not before', async () => {
  await bot.turn(ada);
  ada.leaveVoice();
  await bot.caughtUp();
  await bot.clock.skip(59_000);
  await bot.caughtUp();
  expect(isIn(bot.lounge)).toBe(true);
  await bot.clock.skip(1_000);
  expectReason({ why: 'deserted' });
  await expectRoomClosed(bot);
  await expectWorks();
});

it('stays when somebody comes back in time', async () => {
  ada.leaveVoice();
  await bot.caughtUp();
  await bot.clock.skip(59_000);
  await ada.joinVoice(bot.lounge);
  await bot.caughtUp();
  await bot.clock.skip(120_000);
  expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
});

it('does not count bots as company, whether they stay or come', async () => {
  await bot.seat('Robot', { bot: true });
  ada.leaveVoice();
  await bot.caughtUp();
  await bot.clock.skip(30_000);
  await bot.seat('Robot Two', { bot: true });
  await bot.caughtUp();
  await bot.clock.skip(29_000);
  expect(isIn(bot.lounge)).toBe(true);
  await bot.clock.skip(1_000);
  await expectRoomClosed(bot);
});

it('counts going to another channel as leaving', async () => {
  await ada.joinVoice(bot.workshop);
  await bot.caughtUp();
  await bot.clock.skip(60_000);
  await expectRoomClosed(bot);
});

it('does not wait for ever in a channel that nobody comes to', async () => {
  await bot.command(ada, 'join', { options: { channel: bot.workshop } });
  await bot.caughtUp();
  expect(isIn(bot.workshop)).toBe(true);
  await bot.clock.skip(60_000);
  await expectRoomClosed(bot);
});

it('stays as long as one of two is there', async () => {
  const bob = await bot.seat('Bob');
  ada.leaveVoice();
  await bot.caughtUp();
  await bot.clock.skip(120_000);
  expect((await bot.turn(bob)).report.record.outcome).toBe('answered');
});

it('ends the turn of somebody who leaves before the answer, with the reason', async () => {
  const bob = await bot.seat('Bob');
  bot.fakes.llm.always = { hangs: 'until aborted' };
  const finished = bot.nextReport();
  await bob.sendTone(200, 440);
  await bot.waitFor('the model to be asked', () => bot.fakes.llm.requests[0]);
  bob.leaveVoice();
  expect((await finished).record).toMatchObject({ outcome: 'unanswered', reason: 'SPEAKER_LEFT' });
  await bot.waitFor('the model to be stopped', () => bot.fakes.llm.requests[0]?.signal.aborted);
});

it('is over when a moderator disconnects it', async () => {
  await bot.turn(ada);
  bot.loopback.faults.kickBot();
  await expectRoomClosed(bot);
  expect((await bot.command(ada, 'leave')).text).toBe('I am in no voice channel of this server.');
  await expectWorks();
  await bot.waitFor('the second notice', () => bot.chat(bot.lounge).length > 2);
  expect(bot.chat(bot.lounge)[1]).toBe('A moderator disconnected me. /join calls me back.');
  expectReason({ why: 'removed', how: 'disconnected' });
});

it('is over when its channel is deleted', async () => {
  await bot.turn(ada);
  bot.loopback.faults.deleteChannel(bot.lounge);
  await expectRoomClosed(bot);
  expectReason({ why: 'removed', how: 'channelDeleted' });
  await expectWorks(bot.workshop);
});

it('is where the last of many calls wanted it', async () => {
  const to = (channel: string) => bot.command(ada, 'join', { options: { channel } });
  const answers = await Promise.all([to(bot.workshop), to(bot.lounge), to(bot.workshop), to(bot.lounge)]);
  expect(answers.at(-1)?.text).toContain(`I am in <#${bot.lounge}>`);
  await bot.loopback.botReady(5_000);
  expect((await bot.turn(ada)).report.record).toMatchObject({ outcome: 'answered', channelId: bot.lounge });
  expect(isIn(bot.lounge)).toBe(true);
});

it('comes back when it is sent away and called at once', async () => {
  const [left, joined] = await Promise.all([bot.command(ada, 'leave'), bot.command(ada, 'join')]);
  expect(left.text).toBe('I left the voice channel.');
  expect(joined.text).toContain(`I am in <#${bot.lounge}>`);
  await bot.loopback.botReady(5_000);
  expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
});

it('says why when the connection is lost for good', async () => {
  await bot.turn(ada);
  bot.loopback.faults.closeVoice(4022);
  await expectRoomClosed(bot);
  const reason = await bot.waitFor('the reason', () => bot.chat(bot.lounge)[1]);
  expect(reason).toContain('I had to leave. Discord ended this call. Call me back with /join.');
  await expectWorks();
});

it('notices after an outage of the server who has left meanwhile', async () => {
  const bob = await bot.seat('Bob');
  await bot.turn(bob);
  bot.loopback.faults.outage(true);
  bob.leaveVoice();
  ada.leaveVoice();
  bot.loopback.faults.outage(false);
  await bot.caughtUp();
  expect(bot.fakes.stt.heard.map(({ closed }) => closed)).toEqual([true]);
  await bot.clock.skip(60_000);
  await expectRoomClosed(bot);
  await expectWorks();
});

it('is over when it is removed from the server', async () => {
  await bot.turn(ada);
  bot.loopback.removeGuild(bot.loopback.guildId);
  await bot.waitFor('the end of the room', () =>
    bot.logged.find(({ msg }) => msg === 'the conversation is over'),
  );
  await expectRoomClosed(bot);
});
