/** /join and /leave, as an admin sees them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ParleyError } from '../../src/base/errors.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { expectCleanStop, expectRoomClosed } from './left.ts';

let bot: Bot;
beforeEach(async () => {
  bot = await startBot();
});
afterEach(async () => {
  await bot.stop();
});

const notices = (channelId: string) => bot.chat(channelId).filter((text) => text.includes('I am listening'));

describe('/join', () => {
  it("comes into the asker's channel and says so in private", async () => {
    const ada = await bot.seat('Ada', { admin: true, channelId: bot.workshop });
    const answer = await bot.command(ada, 'join');
    expect(answer).toMatchObject({ private: true, followUps: [] });
    expect(answer.text).toContain(`<#${bot.workshop}>`);
    expect(answer.text).toContain('/privacy opt-out');
    expect(bot.loopback.botVoiceChannelId()).toBe(bot.workshop);
    expect(bot.loopback.log.of('gateway.voiceState')).toMatchObject([{ selfDeaf: false, selfMute: false }]);
  });

  it('tells the whole channel who is heard, where it all goes, and how not to be heard', async () => {
    await bot.joined();
    const notice = await bot.waitFor('the notice', () => bot.chat(bot.lounge)[0]);
    expect(notice).toContain('everyone in this voice channel');
    for (const part of ['speech to text: a test ear', 'answers: a test mind', 'voice: a test mouth']) {
      expect(notice).toContain(part);
    }
    expect(notice).toContain('how long you pause when you talk');
    expect(notice).toContain('/privacy opt-out');
    expect(bot.chat(bot.workshop)).toEqual([]);
    expect(bot.chat(bot.loopback.textChannelId)).toEqual([]);
  });

  it('has the recogniser listen for the name of the channel', async () => {
    await bot.joined();
    expect(bot.fakes.stt.there?.listenFor()).toEqual(['Lounge']);
  });

  it('has it know the names of those who are there and want to be heard, and of nobody else', async () => {
    await bot.joined();
    const bob = await bot.seat('Bob');
    const isHeard = () => bot.fakes.stt.there?.isHeard(bob.id);
    await bot.waitFor('Bob to be seen', () => isHeard() || null);
    await bot.command(bob, 'privacy opt-out');
    expect(isHeard()).toBe(false);
    await bot.command(bob, 'privacy opt-in');
    expect(isHeard()).toBe(true);
    bob.leaveVoice();
    await bot.waitFor('Bob to be gone', () => isHeard() === false || null);
  });

  it('tells the asker in private what will keep answers from coming, each time', async () => {
    const trouble = (message: string) =>
      new ParleyError(message, { code: 'REFUSED', remedy: 'Ask who runs me.' });
    bot.fakes.llm.refused = trouble('The key was refused.');
    bot.fakes.tts.script = { error: trouble('There is no such voice') };
    const ada = await bot.seat('Ada', { admin: true });
    for (let i = 0; i < 2; i++) {
      const answer = await bot.command(ada, 'join');
      expect(answer.private).toBe(true);
      expect(answer.text.split('\n')).toEqual([
        `I am in <#${bot.lounge}> and listening. But my answers will fail until this is put right:`,
        '- The key was refused. Ask who runs me.',
        '- There is no such voice. Ask who runs me.',
        'Anyone who does not want to be heard: /privacy opt-out.',
      ]);
    }
    await bot.waitFor('the notice', () => notices(bot.lounge)[0]);
    expect(bot.chat(bot.lounge).join()).not.toContain('refused');
  });

  it('comes into a named channel, wherever the asker is', async () => {
    const ada = bot.loopback.addPerson({ name: 'Ada', admin: true });
    const answer = await bot.command(ada, 'join', { options: { channel: bot.workshop } });
    expect(answer.text).toContain(`<#${bot.workshop}>`);
    expect(bot.loopback.botVoiceChannelId()).toBe(bot.workshop);
    await bot.waitFor('the notice', () => notices(bot.workshop)[0]);
  });

  it('is for those who may move members', async () => {
    const bob = await bot.seat('Bob');
    await expect(bot.command(bob, 'join')).rejects.toThrow('Bob lacks the permissions for /join');
  });

  it('changes nothing when the bot is there already', async () => {
    const ada = await bot.joined();
    const answer = await bot.command(ada, 'join');
    expect(answer.text).toContain(`I am in <#${bot.lounge}>`);
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
    expect(bot.loopback.voiceStateRequests()).toBe(1);
    expect(notices(bot.lounge)).toHaveLength(1);
  });

  it('is one when it comes twice at once', async () => {
    const [ada, bob] = [
      await bot.seat('Ada', { admin: true }),
      await bot.seat('Bob', { admin: true }),
    ] as const;
    const answers = await Promise.all([bot.command(ada, 'join'), bot.command(bob, 'join')]);
    for (const { text } of answers) expect(text).toContain(`I am in <#${bot.lounge}>`);
    expect((await bot.turn(bob)).report.record.outcome).toBe('answered');
    expect(bot.loopback.voiceStateRequests()).toBe(1);
    expect(bot.fakes.stt.connections.opened).toBe(1);
    expect(notices(bot.lounge)).toHaveLength(1);
  });

  it('moves to another channel and goes on there', async () => {
    const ada = await bot.joined();
    await bot.turn(ada);
    const answer = await bot.command(ada, 'join', { options: { channel: bot.workshop } });
    expect(answer.text).toContain(`I am in <#${bot.workshop}>`);
    expect(bot.loopback.botVoiceChannelId()).toBe(bot.workshop);
    await bot.waitFor('the notice', () => notices(bot.workshop)[0]);
    await ada.joinVoice(bot.workshop);
    expect((await bot.turn(ada)).report.record).toMatchObject({
      outcome: 'answered',
      channelId: bot.workshop,
    });
    expect(bot.fakes.stt.connections).toMatchObject({ opened: 2, open: 1 });
    expect(bot.loopback.log.of('gateway.voiceState').map(({ channelId }) => channelId)).toEqual([
      bot.lounge,
      bot.workshop,
    ]);
    await expectCleanStop(bot);
  });

  it('stays where it is when it may not move', async () => {
    const ada = await bot.joined();
    bot.loopback.faults.denyPermissions(bot.workshop, ['Speak']);
    const answer = await bot.command(ada, 'join', { options: { channel: bot.workshop } });
    expect(answer.text).toContain('Speak');
    expect(bot.loopback.botVoiceChannelId()).toBe(bot.lounge);
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
  });
});

describe('/leave', () => {
  it('sends the bot away, and it can be called again', async () => {
    const ada = await bot.joined();
    await bot.turn(ada);
    // Whoever may be in the room may send the listener out of it.
    const bob = await bot.seat('Bob');
    expect(await bot.command(bob, 'leave')).toMatchObject({
      private: true,
      text: 'I left the voice channel.',
    });
    await expectRoomClosed(bot);
    await bot.command(ada, 'join');
    await bot.loopback.botReady(5_000);
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
    await expectCleanStop(bot);
  });

  it('stops the answer under way, and its turn ends with an outcome', async () => {
    bot.fakes.tts.script = { toneMs: 5_000 };
    const ada = await bot.joined();
    const finished = bot.nextReport();
    const { lastVoicedSentMs } = await ada.sendTone(200, 440);
    await bot.loopback.room.nextAudible(lastVoicedSentMs, 5_000);
    await bot.command(ada, 'leave');
    expect((await finished).record).toMatchObject({ outcome: 'answered', audible: 'answer' });
    await expectRoomClosed(bot);
  });

  it('says so when the bot is nowhere', async () => {
    const ada = await bot.seat('Ada');
    const answer = await bot.command(ada, 'leave');
    expect(answer).toMatchObject({ private: true, text: 'I am in no voice channel of this server.' });
  });

  it('ends a /join that is under way, which says so', async () => {
    bot.loopback.knobs.ignoreVoiceState = true;
    const ada = await bot.seat('Ada', { admin: true });
    const joining = bot.command(ada, 'join');
    await bot.waitFor('the request to join', () => bot.loopback.voiceStateRequests());
    expect((await bot.command(ada, 'leave')).text).toBe('I left the voice channel.');
    expect((await joining).text).toMatch(/left.*\/join/);
    await expectCleanStop(bot);
  });
});
