/** One bot in two servers at once: two conversations that know nothing of each other. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LoopbackGuild, Person } from '../../src/loopback/index.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { expectCleanStop } from './left.ts';

let bot: Bot;
let ada: Person;
let bob: Person;
let home: LoopbackGuild;
let away: LoopbackGuild;
let abroad: string;
beforeEach(async () => {
  bot = await startBot();
  ada = await bot.joined();
  // Invited while it runs.
  home = bot.loopback.guilds[0]!;
  away = bot.loopback.addGuild({ name: 'Abroad' });
  abroad = away.voiceChannelIds[0]!;
  bob = away.addPerson({ name: 'Bob', admin: true });
  await bob.joinVoice(abroad);
  const { text } = await bot.command(bob, 'join', { channelId: away.textChannelId });
  expect(text).toContain(`I am in <#${abroad}>`);
  await away.botReady(5_000);
});
afterEach(async () => {
  await expectCleanStop(bot);
  await bot.stop();
});

it('hears and answers both at the same time, each in its own channel', async () => {
  bot.fakes.stt.text = 'hello';
  const [spokenHere, spokenThere] = await Promise.all([ada.sendTone(200, 440), bob.sendTone(200, 440)]);
  await Promise.all([
    home.room.nextAudible(spokenHere.lastVoicedSentMs, 5_000),
    away.room.nextAudible(spokenThere.lastVoicedSentMs, 5_000),
  ]);
  await bot.waitFor('both turns', () => bot.reports.length === 2);
  const records = bot.reports.map(({ record }) => record);
  expect(records.find(({ guildId }) => guildId === home.id)).toMatchObject({
    ...{ channelId: bot.lounge, speakerId: ada.id, outcome: 'answered' },
  });
  expect(records.find(({ guildId }) => guildId === away.id)).toMatchObject({
    ...{ channelId: abroad, speakerId: bob.id, outcome: 'answered' },
  });
  // Neither conversation has the words of the other.
  expect(bot.fakes.llm.requests.map(({ messages }) => messages.length)).toEqual([1, 1]);
});

it('shows each server its own turns, and its own notice', async () => {
  await bot.turn(ada);
  await bot.turn(ada);
  await bot.turn(bob);
  const statsIn = async (person: Person, channelId: string) =>
    (await bot.command(person, 'latency stats', { channelId })).text;
  expect(await statsIn(ada, home.textChannelId)).toContain('2 turns: 2 answered');
  expect(await statsIn(bob, away.textChannelId)).toContain('1 turn: 1 answered');
  expect(bot.chat(bot.lounge)).toHaveLength(1);
  expect(bot.chat(abroad)).toHaveLength(1);
});

it('leaves one and goes on in the other', async () => {
  expect((await bot.command(ada, 'leave')).text).toBe('I left the voice channel.');
  expect(home.botVoiceChannelId()).toBeNull();
  expect((await bot.turn(bob)).report.record).toMatchObject({ guildId: away.id, outcome: 'answered' });
  bot.loopback.removeGuild(away.id);
  await bot.caughtUp();
  await bot.command(ada, 'join');
  await home.botReady(5_000);
  expect((await bot.turn(ada)).report.record).toMatchObject({ guildId: home.id, outcome: 'answered' });
});

it('ignores in both who opted out in one', async () => {
  away.addMember(ada);
  await bot.command(ada, 'privacy opt-out');
  await ada.joinVoice(abroad);
  await ada.sendTone(200, 440);
  expect((await bot.turn(bob)).report.record.speakerId).toBe(bob.id);
  expect(bot.fakes.stt.writtenMs(ada.id)).toBe(0);
});
