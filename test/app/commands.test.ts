/** Every slash command, whenever and wherever it is given, has a plain private answer in time. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Person, SlashAnswer } from '../../src/loopback/index.ts';
import { type Bot, startBot } from '../support/bot.ts';

/** Discord says "The application did not respond" after this time; the loopback goes by that as well. */
const ANSWER_WITHIN_MS = 3_000;

type Answers = Readonly<Record<string, string | RegExp>>;

const ANYWHERE = {
  'privacy opt-out': 'Done. I ignore your voice from now on',
  'privacy opt-in': 'Done. I hear you again',
  'privacy status': 'I hear you',
} satisfies Answers;
const WITHOUT_TURNS = {
  'latency now': 'Nobody has talked to me in this server yet.',
  'latency stats': 'Nobody has talked to me in this server yet.',
  'latency history': 'Nobody has talked',
  'latency export': 'Nobody has talked',
  'latency share': 'Nobody has talked',
  'voice show': 'I speak with my usual voice here.',
} satisfies Answers;

let bot: Bot;
beforeEach(async () => {
  bot = await startBot();
});
afterEach(async () => {
  await bot.stop();
});

function expectAnswer(answer: SlashAnswer, name: string, expected: string | RegExp): void {
  expect(answer, name).toMatchObject({ private: true, followUps: [], embeds: [] });
  expect(answer.firstAnswerMs, name).toBeLessThan(ANSWER_WITHIN_MS);
  expect(answer.text, name).toMatch(expected);
  // For people: no code, no stack, nothing of the program's insides.
  expect(answer.text, name).not.toMatch(/[A-Z]+_[A-Z]+|Error|undefined|\bat .*:\d+/);
}

type More = Parameters<Bot['command']>[2];

async function expectAnswers(asker: Person, answers: Answers, more: More = {}): Promise<void> {
  for (const [name, expected] of Object.entries(answers)) {
    expectAnswer(await bot.command(asker, name, more), name, expected);
  }
  expect(bot.logged.filter(({ level }) => level >= 50)).toEqual([]);
}

it('while neither the bot nor the asker is in a channel', async () => {
  await expectAnswers(bot.loopback.addPerson({ name: 'Ada', admin: true }), {
    join: 'You are in no voice channel',
    leave: 'I am in no voice channel of this server.',
    ...ANYWHERE,
    ...WITHOUT_TURNS,
  });
});

it('while the connection to the voice server is broken', async () => {
  const ada = await bot.joined();
  bot.loopback.knobs.refuseVoice = 'port';
  bot.loopback.faults.closeVoice(4006);
  await expectAnswers(ada, {
    ...ANYWHERE,
    ...WITHOUT_TURNS,
    join: `I am in <#${bot.lounge}>`,
    leave: 'I left the voice channel.',
  });
  expect(bot.loopback.botVoiceChannelId()).toBeNull();
});

it('in a direct message, where most are not offered', async () => {
  const more = { guild: false, unoffered: true };
  await expectAnswers(
    await bot.joined(),
    {
      join: 'I can only join voice channels of a server.',
      leave: 'I am only in voice channels of a server.',
      'latency now': 'I only measure in the voice channels of a server.',
      'latency stats': 'I only measure in the voice channels of a server.',
      'voice show': 'A voice is chosen for a server: use this there.',
      ...ANYWHERE,
    },
    more,
  );
  expect(bot.loopback.botVoiceChannelId()).toBe(bot.lounge);
});

it('without any permission of the bot', async () => {
  const ada = await bot.seat('Ada', { admin: true });
  const { textChannelId } = bot.loopback;
  for (const channelId of [bot.lounge, textChannelId]) {
    bot.loopback.faults.denyPermissions(channelId, ['ViewChannel', 'Connect', 'Speak', 'SendMessages']);
  }
  await expectAnswers(ada, {
    join: 'I lack: View Channel, Connect, Speak, Send Messages',
    leave: 'I am in no voice channel of this server.',
    ...ANYWHERE,
    ...WITHOUT_TURNS,
  });
});

it('of somebody without the permission, whom the server lets use it all the same', async () => {
  const bob = await bot.seat('Bob');
  await expect(bot.command(bob, 'join')).rejects.toThrow('lacks the permissions');
  await expectAnswers(
    bob,
    {
      join: `I am in <#${bot.lounge}>`,
      ...ANYWHERE,
      ...WITHOUT_TURNS,
      leave: 'I left the voice channel.',
    },
    { unoffered: true },
  );
});

it.each([
  ['join', [/I am in <#/, /I am in <#/]],
  ['leave', ['I left the voice channel.', 'I am in no voice channel of this server.']],
  ['privacy opt-out', ['I ignore your voice', 'I ignore your voice']],
  ['privacy opt-in', ['I hear you again', 'I hear you again']],
  ['latency now', ['Nobody has talked', 'Nobody has talked']],
  ['latency stats', ['Nobody has talked', 'Nobody has talked']],
] as const)('twice at once: /%s', async (name, expected) => {
  const ada = await bot.joined();
  const answers = await Promise.all([bot.command(ada, name), bot.command(ada, name)]);
  for (const [i, answer] of answers.entries()) expectAnswer(answer, name, expected[i]!);
  expect(bot.chat(bot.lounge)).toHaveLength(1);
});

it('all of them at once', async () => {
  const ada = await bot.joined();
  const names = ['join', ...Object.keys(ANYWHERE), ...Object.keys(WITHOUT_TURNS), 'leave'];
  const answers = await Promise.all(names.map((name) => bot.command(ada, name)));
  for (const [i, answer] of answers.entries()) expectAnswer(answer, names[i]!, /\w/);
  await bot.waitFor('the bot to leave', () => bot.loopback.botVoiceChannelId() === null);
});
