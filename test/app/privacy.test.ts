/** /privacy: who does not want to be heard is not subscribed to, not decoded, not recognised, and stays so. */
import { getVoiceConnection } from '@discordjs/voice';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, startBot } from '../support/bot.ts';

let bot: Bot;
let ada: Person;
beforeEach(async () => {
  bot = await startBot();
  ada = await bot.joined();
});
afterEach(async () => {
  await bot.stop();
});

const subscribedTo = ({ id }: Person) =>
  getVoiceConnection(bot.loopback.guildId)!.receiver.subscriptions.has(id);

/** Somebody else is heard and answered, so all packets before have been dealt with. */
async function expectUnheard(person: Person, writtenMs = 0): Promise<void> {
  expect((await bot.turn(ada)).report.record).toMatchObject({ speakerId: ada.id, outcome: 'answered' });
  expect(bot.fakes.stt.writtenMs(person.id)).toBe(writtenMs);
  expect(subscribedTo(ada)).toBe(true);
  expect(subscribedTo(person)).toBe(false);
}

describe('who opts out', () => {
  it('before speaking is never subscribed to, so nothing is decoded or recognised', async () => {
    const bob = await bot.seat('Bob');
    const answer = await bot.command(bob, 'privacy opt-out');
    expect(answer).toMatchObject({ private: true, text: expect.stringContaining('I ignore your voice') });
    await bob.sendTone(200, 440);
    await expectUnheard(bob);
    expect(bot.fakes.stt.heard.map(({ speaker }) => speaker.id)).toEqual([ada.id]);
    expect(bot.reports).toHaveLength(1);
  });

  it('in the middle of speaking is cut off there, and gets no answer', async () => {
    const bob = await bot.seat('Bob');
    const speaking = bob.sendTone(800, 440);
    await bot.waitFor('Bob to be heard', () => bot.fakes.stt.writtenMs(bob.id) > 200);
    await bot.command(bob, 'privacy opt-out');
    const writtenMs = bot.fakes.stt.writtenMs(bob.id);
    expect(bot.fakes.stt.heard.find(({ speaker }) => speaker.id === bob.id)?.closed).toBe(true);
    await speaking;
    await expectUnheard(bob, writtenMs);
    expect(bot.reports.map(({ record }) => record.speakerId)).toEqual([ada.id]);
    expect(bot.fakes.llm.requests).toHaveLength(1);
  });

  it('while being answered stops the answer', async () => {
    bot.fakes.tts.script = { toneMs: 20_000 };
    const bob = await bot.seat('Bob');
    const finished = bot.nextReport();
    const { lastVoicedSentMs } = await bob.sendTone(200, 440);
    await bot.loopback.room.nextAudible(lastVoicedSentMs, 5_000);
    await bot.command(bob, 'privacy opt-out');
    expect((await finished).record).toMatchObject({ speakerId: bob.id, outcome: 'answered' });
    await bot.loopback.room.quiet(300, 2_000);
  });

  it('has said nothing, as far as later answers go', async () => {
    const bob = await bot.seat('Bob');
    bot.fakes.stt.texts.push('my code is four two', 'what was the code');
    await bot.turn(bob);
    await bot.command(bob, 'privacy opt-out');
    await bot.turn(ada);
    expect(bot.fakes.llm.lastMessages.at(-1)?.content).toContain('what was the code');
    expect(JSON.stringify(bot.fakes.llm.lastMessages)).not.toContain('four two');
  });

  it('is asked for it in a direct message as well', async () => {
    const bob = await bot.seat('Bob');
    await bot.command(bob, 'privacy opt-out', { guild: false });
    await bob.sendTone(200, 440);
    await expectUnheard(bob);
  });

  it('is heard again after opting in', async () => {
    const bob = await bot.seat('Bob');
    await bot.command(bob, 'privacy opt-out');
    expect((await bot.command(bob, 'privacy status')).text).toContain('I ignore your voice');
    await bob.sendTone(200, 440);
    await expectUnheard(bob);
    expect((await bot.command(bob, 'privacy opt-in')).text).toContain('I hear you again');
    expect((await bot.command(bob, 'privacy status')).text).toContain('I hear you');
    expect((await bot.turn(bob)).report.record).toMatchObject({ speakerId: bob.id, outcome: 'answered' });
  });
});

it('never listens to another bot', async () => {
  const robot = await bot.seat('Robot', { bot: true });
  await robot.sendTone(200, 440);
  await expectUnheard(robot);
  expect(bot.reports.map(({ record }) => record.speakerId)).toEqual([ada.id]);
});

it('tells people apart by name once there are two', async () => {
  const bob = await bot.seat('Bob');
  bot.fakes.stt.texts.push('I am first', 'I am second');
  await bot.turn(ada);
  await bot.turn(bob);
  expect(bot.fakes.llm.lastMessages.map(({ content }) => content)).toEqual([
    'Ada: I am first',
    'It is noon.',
    'Bob: I am second',
  ]);
});
