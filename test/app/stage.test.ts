/** On a stage everybody arrives as a listener: the bot becomes a speaker if it may, else asks, and meanwhile writes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { expectRoomClosed } from './left.ts';

let bot: Bot;
let ada: Person;
let stage: string;
beforeEach(async () => {
  bot = await startBot();
  stage = bot.loopback.stageChannelId;
  ada = await bot.seat('Ada', { admin: true, channelId: stage });
});
afterEach(async () => {
  await bot.stop();
});

const guild = () => bot.loopback.guilds[0]!;
const raisedHands = () =>
  bot.loopback.log
    .of('rest')
    .filter(({ method, path }) => method === 'PATCH' && String(path).includes('voice-states'));

async function join(): Promise<void> {
  const answer = await bot.command(ada, 'join');
  expect(answer.private).toBe(true);
  expect(answer.text).toContain(`I am in <#${stage}>`);
  await bot.waitFor('the notice', () => bot.chat(stage)[0]?.includes('I am listening'));
}

async function expectSpokenAnswer(): Promise<void> {
  await bot.caughtUp();
  const spokenBefore = bot.loopback.room.stats.packets;
  const { record } = (await bot.turn(ada)).report;
  expect(record).toMatchObject({ outcome: 'answered', audible: 'answer', channelId: stage });
  expect(bot.loopback.room.stats.packets).toBeGreaterThan(spokenBefore);
}

async function expectWrittenAnswer(words: string): Promise<void> {
  bot.fakes.llm.scripts.push({ text: words });
  const spokenBefore = bot.loopback.room.stats.packets;
  const { record } = (await bot.turn(ada)).report;
  expect(record).toMatchObject({ outcome: 'unanswered', reason: 'MAY_NOT_SPEAK', audible: null });
  await bot.waitFor('the answer in the chat', () => bot.chat(stage).includes(words));
  expect(bot.loopback.room.stats.packets).toBe(spokenBefore);
}

it('asks to speak, says what it waits for, and writes until it is invited', async () => {
  await join();
  await bot.waitFor('the text', () => bot.chat(stage)[1]?.includes('have asked to speak: a moderator'));
  expect(raisedHands()).toMatchObject([{ status: 204 }]);
  await expectWrittenAnswer('It is written.');
  bot.loopback.faults.inviteToSpeak();
  await expectSpokenAnswer();
  // Stages are not end-to-end encrypted.
  expect(bot.loopback.privacyCode()).toBeNull();
});

it('makes itself a speaker where it may', async () => {
  guild().overwrite(stage, { userId: bot.loopback.botUserId, allow: ['MuteMembers'] });
  await join();
  await bot.waitFor('the bot to be a speaker', () => !guild().botSuppressed());
  await expectSpokenAnswer();
  expect(bot.chat(stage)).toHaveLength(1);
});

it('sent back to the audience it says so, writes, and asks for nothing', async () => {
  guild().overwrite(stage, { userId: bot.loopback.botUserId, allow: ['MuteMembers'] });
  await join();
  await bot.waitFor('the bot to be a speaker', () => !guild().botSuppressed());
  await expectSpokenAnswer();
  bot.loopback.faults.moveToAudience();
  await bot.waitFor('the text', () => bot.chat(stage)[1]?.includes('I was moved to the audience'));
  await expectWrittenAnswer('It is written.');
  expect(guild().botSuppressed()).toBe(true);
  expect(raisedHands()).toHaveLength(1);
  bot.loopback.faults.inviteToSpeak();
  await expectSpokenAnswer();
});

describe('where it may not even ask', () => {
  it('says that somebody has to invite it', async () => {
    bot.loopback.faults.denyPermissions(stage, ['RequestToSpeak']);
    await bot.caughtUp();
    await join();
    const text = await bot.waitFor('the text', () => bot.chat(stage)[1]);
    expect(text).toContain('a moderator has to invite me to speak');
    expect(text).not.toContain('asked');
    expect(raisedHands()).toEqual([]);
    await expectWrittenAnswer('It is written.');
  });

  it('says the same when Discord refuses what its permissions allow', async () => {
    bot.loopback.faults.failRest({ match: /PATCH .*voice-states/, status: 403, times: 10 });
    await join();
    const text = await bot.waitFor('the text', () => bot.chat(stage)[1]);
    expect(text).toContain('a moderator has to invite me to speak');
    expect(bot.logged.find(({ msg }) => msg === 'the stage was not opened to the agent')).toBeDefined();
  });
});

it('moved onto a stage it finds itself in the audience and asks', async () => {
  await ada.joinVoice(bot.lounge);
  await bot.command(ada, 'join');
  await bot.loopback.botReady(5_000);
  await ada.joinVoice(stage);
  bot.loopback.faults.moveBot(stage);
  await bot.waitFor('the text', () => bot.chat(stage)[1]?.includes('have asked to speak'));
  bot.loopback.faults.inviteToSpeak();
  await expectSpokenAnswer();
});

it('says when it is muted as well, and leaves nothing behind when it is sent away', async () => {
  await join();
  bot.loopback.faults.moderateBot({ mute: true });
  await bot.waitFor('the text', () => bot.chat(stage).some((text) => text.includes('I was muted')));
  bot.loopback.faults.inviteToSpeak();
  await expectWrittenAnswer('Still written.');
  bot.loopback.faults.moderateBot({ mute: false });
  await expectSpokenAnswer();
  expect((await bot.command(ada, 'leave')).text).toBe('I left the voice channel.');
  await expectRoomClosed(bot);
});
