/** What the bot does when the right to be heard, to speak or to write is taken away from it in the middle of a call. */
// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { expectRoomClosed } from './left.ts';

let bot: Bot;
let ada: Person;
beforeEach(async () => {
  bot = await startBot();
  ada = await bot.joined();
});
afterEach(async () => {
  await bot.stop();
});

const take = (...permissions: Parameters<Bot['loopback']['faults']['denyPermissions']>[1]) =>
  bot.loopback.faults.denyPermissions(bot.lounge, permissions);
const isHere = () => bot.loopback.botVoiceChannelId() === bot.lounge;

/** The next answer is written instead of spoken, and the turn says why. */
async function expectWrittenAnswer(): Promise<void> {
  bot.fakes.llm.scripts.push({ text: 'It is written.' });
  const { record } = (await bot.turn(ada)).report;
  expect(record).toMatchObject({ outcome: 'unanswered', reason: 'MAY_NOT_SPEAK', audible: null });
  await bot.waitFor('the answer in the chat', () => bot.chat(bot.lounge).includes('It is written.'));
}

async function expectSpokenAnswer(): Promise<void> {
  await bot.caughtUp();
  const before = bot.chat(bot.lounge).length;
  expect((await bot.turn(ada)).report.record).toMatchObject({ outcome: 'answered', audible: 'answer' });
  expect(bot.chat(bot.lounge)).toHaveLength(before);
}

/** Nobody can be told: but the operator finds out, and nothing is left running. */
async function expectGone(code: string): Promise<void> {
  await expectRoomClosed(bot);
  expect(bot.logged.filter(({ msg }) => msg === 'the conversation is over')).toMatchObject([
    { why: 'barred', code, remedy: expect.any(String) },
  ]);
  expect(bot.chat(bot.lounge)).toHaveLength(1);
}

it('writes its answers while a moderator has muted it', async () => {
  bot.loopback.faults.moderateBot({ mute: true });
  const text = await bot.waitFor('the text', () => bot.chat(bot.lounge)[1]);
  expect(text).toContain('I was muted by a moderator');
  await expectWrittenAnswer();
  expect(bot.loopback.room.stats.packets).toBe(0);
  bot.loopback.faults.moderateBot({ mute: false });
  await expectSpokenAnswer();
});

it('tells everybody that it was deafened', async () => {
  bot.loopback.faults.moderateBot({ deaf: true });
  const text = await bot.waitFor('the text', () => bot.chat(bot.lounge)[1]);
  expect(text).toContain('I was deafened by a moderator');
  bot.loopback.faults.moderateBot({ deaf: false });
  await expectSpokenAnswer();
});

describe('when permissions are taken away', () => {
  it('Speak: it says so, writes its answers, and speaks again once it may', async () => {
    take('Speak');
    const text = await bot.waitFor('the text', () => bot.chat(bot.lounge)[1]);
    expect(text).toContain('give me the permission Speak');
    await expectWrittenAnswer();
    take();
    await expectSpokenAnswer();
    expect(isHere()).toBe(true);
  });

  it('Speak, in the middle of an answer: the rest is not sent into the void', async () => {
    bot.fakes.tts.script = { toneMs: 5_000 };
    const finished = bot.nextReport();
    const { lastVoicedSentMs } = await ada.sendTone(200, 440);
    await bot.loopback.room.nextAudible(lastVoicedSentMs, 5_000);
    take('Speak');
    expect((await finished).record).toMatchObject({ outcome: 'answered', audible: 'answer' });
    await bot.waitFor('the answer in the chat', () => bot.chat(bot.lounge).includes('It is noon.'));
  });

  it('Connect: it says that it could not come back, and goes on', async () => {
    take('Connect');
    const text = await bot.waitFor('the text', () => bot.chat(bot.lounge)[1]);
    expect(text).toContain('give me the permission Connect');
    await expectSpokenAnswer();
    expect(bot.logged.find(({ msg }) => msg === 'permissions were taken away')).toMatchObject({
      lost: ['Connect'],
    });
  });

  it('Connect, by a role: it is noticed as well', async () => {
    const [guild] = bot.loopback.guilds;
    const rest = ['ViewChannel', 'Speak', 'SendMessages', 'UseApplicationCommands', 'MoveMembers'] as const;
    guild!.changeRole(guild!.id, rest);
    guild!.changeRole(guild!.botRoleId, rest);
    await bot.waitFor('the text', () => bot.chat(bot.lounge)[1]?.includes('Connect'));
    expect(isHere()).toBe(true);
  });

  it('Send Messages: it goes on by voice, and the operator learns it', async () => {
    take('SendMessages');
    await expectSpokenAnswer();
    expect(bot.logged.find(({ msg }) => msg === 'permissions were taken away')).toMatchObject({
      lost: ['Send Messages'],
    });
  });

  it('View Channel: it leaves', async () => {
    take('ViewChannel');
    await expectGone('CHANNEL_HIDDEN');
  });

  it('Speak and Send Messages: it does not stay as a mere listener', async () => {
    take('Speak', 'SendMessages');
    await expectGone('CANNOT_ANSWER');
    take();
    await bot.caughtUp();
    expect((await bot.command(ada, 'join')).text).toContain(`I am in <#${bot.lounge}>`);
  });
});

it('leaves when it is timed out', async () => {
  bot.loopback.faults.timeOutBot(600_000);
  await expectGone('TIMED_OUT');
});

it('says in the answer to /join what was taken away while it was joining', async () => {
  await bot.command(ada, 'leave');
  bot.loopback.knobs.ignoreVoiceState = true;
  const joining = bot.command(ada, 'join');
  await bot.waitFor('the request to join', () => bot.loopback.voiceStateRequests() === 3);
  take('ViewChannel');
  expect((await joining).text).toContain('I may no longer see the voice channel');
});
