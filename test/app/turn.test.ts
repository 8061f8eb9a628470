/** A whole turn over the loopback: a tone in, an answer out, and what /latency and the log say of it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { figuresOf } from '../../src/latency/figures.ts';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { vendorError } from '../support/fake-providers.ts';
import { expectCleanStop, expectRoomClosed } from './left.ts';

let bot: Bot;
let ada: Person;
beforeEach(async () => {
  bot = await startBot({ env: { BUDGET_MS: '640' }, loopback: { voiceHeartbeatMs: 100 } });
  ada = await bot.joined();
});
afterEach(async () => {
  await bot.stop();
});

/** Both clocks are the same here; sender and receiver are a few ms apart, a wrong anchor at least 200. */
const SAME_MOMENT_MS = 150;

it('is answered, and dated as the room hears it', async () => {
  const { spoken, report } = await bot.turn(ada);
  expect(report).toMatchObject({ transcript: 'what time is it', reply: 'It is noon.' });
  expect(report.record).toMatchObject({
    guildId: bot.loopback.guildId,
    channelId: bot.lounge,
    speakerId: ada.id,
    ...{ outcome: 'answered', reason: null, audible: 'answer', falseCutoff: false },
    providers: { stt: 'fake-stt', llm: 'fake-llm', tts: 'fake-tts' },
    usage: { inputTokens: 10, outputTokens: 5 },
  });
  const { marks } = report.record;
  const audibleMs = await bot.loopback.room.nextAudible(spoken.lastVoicedSentMs, 1_000);
  expect(Math.abs(marks.speechStarted! - spoken.firstVoicedSentMs)).toBeLessThan(SAME_MOMENT_MS);
  expect(Math.abs(marks.lastVoiced! - spoken.lastVoicedSentMs)).toBeLessThan(SAME_MOMENT_MS);
  expect(Math.abs(marks.firstAudibleOut! - audibleMs)).toBeLessThan(SAME_MOMENT_MS);
  // The gate of a finished phrase.
  expect(marks.endOfTurn! - marks.lastVoiced!).toBeGreaterThanOrEqual(200);
});

it('dates nothing before what it waited for, even when timers fire early', async () => {
  await bot.stop();
  bot = await startBot({ timersEarlyMs: 3 });
  ada = await bot.joined();
  const { marks } = (await bot.turn(ada)).report.record;
  const order = ['speechStarted', 'lastVoiced', 'endOfTurn', 'sttFinal', 'draftStarted', 'llmSent'] as const;
  const then = ['llmFirstToken', 'firstClause', 'ttsSent', 'ttsFirstByte', 'firstFrameOut', 'done'] as const;
  const instants = [...order, ...then].map((mark) => marks[mark]!);
  expect(instants).toEqual(instants.toSorted((a, b) => a - b));
});

it('reaches the room whole, in order, encrypted, and followed by silence frames', async () => {
  await bot.turn(ada);
  await bot.waitFor('the silence frames', () => bot.loopback.room.stats.silenceFrames === 5);
  const { room } = bot.loopback;
  expect(room.stats).toMatchObject({
    ...{ sequenceGaps: 0, timestampJumps: 0, plainWhileEncrypted: 0, undecryptable: 0, undecodable: 0 },
    ...{ silenceFrames: 5, otherPayloadTypes: 0 },
  });
  // 120 ms of tone.
  expect(room.stats.packets).toBe(6 + 5);
  await bot.waitFor('the speaking flag to fall', () => room.stats.speaking.at(-1)?.speaking === 0);
});

describe('/latency', () => {
  it('says that there is nothing yet', async () => {
    const now = await bot.command(ada, 'latency now');
    expect(now.private).toBe(true);
    expect(now.text).toContain('Nobody has talked to me in this server yet.');
    const stats = await bot.command(ada, 'latency stats');
    expect(stats.private).toBe(true);
    expect(stats.text).toContain('Nobody has talked to me in this server yet.');
  });

  it('now shows where the time of the last turn went', async () => {
    await bot.turn(ada);
    const { record } = (await bot.turn(ada)).report;
    const { text, files, private: isPrivate } = await bot.command(ada, 'latency now');
    expect(isPrivate).toBe(true);
    const { lastVoiced, endOfTurn, firstAudibleOut } = record.marks;
    const gapMs = Math.round(firstAudibleOut! - lastVoiced!);
    expect(text).toContain(`**${gapMs} ms** response gap, within the budget of 640 ms; answered`);
    const shown = files[0]?.description;
    expect(shown).toContain(`Response gap ${gapMs} ms, within the budget of 640 ms.`);
    expect(shown).toContain(`end of turn ${Math.round(endOfTurn! - lastVoiced!)} ms`);
    expect(text).toContain(`<t:${Math.floor(record.endedAtUnixMs / 1000)}:R>`);
  });

  it('stats shows all turns with their percentiles, and why some were not answered', async () => {
    const gaps: number[] = [];
    for (let i = 0; i < 3; i++) gaps.push(figuresOf((await bot.turn(ada)).report.record).responseGapMs!);
    bot.fakes.llm.scripts.push({ error: vendorError('LLM_DOWN') });
    await bot.turn(ada);
    const { text } = await bot.command(ada, 'latency stats');
    const [least, middle, most] = gaps.toSorted((a, b) => a - b).map(Math.round);
    expect(text).toContain(
      '4 turns: 3 answered\n1 unanswered, 0 missed\nwithin 640 ms: 100 % of 3 answers\nfalse cut-offs: 0',
    );
    expect(text).toContain('1 × LLM_DOWN');
    expect(text).toMatch(new RegExp(`^response gap +${middle} +${most} +${most} +${most} +3 +≤640$`, 'm'));
    expect(least).toBeLessThanOrEqual(middle!);
  });

  it('shows the ping to the voice server once it is known', async () => {
    await bot.waitFor('a heartbeat', () => bot.loopback.log.count('voice.heartbeat') > 1);
    expect((await bot.command(ada, 'latency now')).text).toMatch(/voice server: \d+ ms\.$/);
    await bot.command(ada, 'leave');
    expect((await bot.command(ada, 'latency now')).text).toMatch(/voice server: –\.$/);
  });
});

describe('when the voice fails', () => {
  it('the answer is written in the chat, the turn has its reason, and the next one is answered', async () => {
    const { script } = bot.fakes.tts;
    bot.fakes.tts.script = { error: vendorError('TTS_DOWN') };
    const { report, spoken } = await bot.turn(ada);
    expect(report.record).toMatchObject({ outcome: 'unanswered', reason: 'TTS_DOWN', audible: 'notice' });
    expect(report.record.marks.firstAudibleOut).toBeUndefined();
    // Not only when the model would have been given up.
    await bot.waitFor('the answer in the chat', () => bot.chat(bot.lounge).includes('It is noon.'), 2_000);
    // The apology was made ready while the voice still worked.
    expect(bot.loopback.room.firstAudible(spoken.lastVoicedSentMs)).not.toBeNull();
    expect((await bot.command(ada, 'latency now')).text).toContain('unanswered, TTS_DOWN, said so');
    bot.fakes.tts.script = script;
    expect((await bot.turn(ada)).report.record.outcome).toBe('answered');
    expect(bot.chat(bot.lounge).filter((text) => text === 'It is noon.')).toHaveLength(1);
  });

  it('from the start, the bot joins all the same and writes what it cannot say', async () => {
    await bot.command(ada, 'leave');
    bot.fakes.tts.script = { error: vendorError('TTS_DOWN') };
    expect((await bot.command(ada, 'join')).text).toContain('I am in');
    await bot.loopback.botReady(5_000);
    const { report } = await bot.turn(ada);
    expect(report.record).toMatchObject({ outcome: 'unanswered', reason: 'TTS_DOWN' });
    await bot.waitFor('the apology in the chat', () =>
      bot.chat(bot.lounge).some((text) => text.startsWith('Sorry')),
    );
    await bot.waitFor('the answer in the chat', () => bot.chat(bot.lounge).includes('It is noon.'));
  });

  it('and the chat is closed to the bot as well, the operator learns it and the turn ends all the same', async () => {
    bot.fakes.tts.script = { error: vendorError('TTS_DOWN') };
    bot.loopback.faults.denyPermissions(bot.lounge, ['SendMessages']);
    expect((await bot.turn(ada)).report.record).toMatchObject({ outcome: 'unanswered', reason: 'TTS_DOWN' });
    const warning = await bot.waitFor('the warning', () =>
      bot.logged.find(({ msg }) => msg === 'message could not be posted in the chat'),
    );
    expect(warning.remedy).toContain('Send Messages');
  });

  it('and the model goes silent, what there is gets written', async () => {
    bot.fakes.tts.script = { error: vendorError('TTS_DOWN') };
    bot.fakes.llm.always = { text: 'It is noon. And', hangs: 'for ever' };
    expect((await bot.turn(ada)).report.record).toMatchObject({ outcome: 'unanswered', reason: 'TTS_DOWN' });
    await bot.clock.skip(4_000);
    await bot.waitFor('the answer in the chat', () => bot.chat(bot.lounge).includes('It is noon.'));
    expect(bot.fakes.llm.requests[0]?.signal.aborted).toBe(true);
  });

  it('and the bot is sent away, nothing is written any more', async () => {
    bot.fakes.tts.script = { error: vendorError('TTS_DOWN') };
    bot.fakes.llm.always = { text: 'It is noon. And', hangs: 'until aborted' };
    await bot.turn(ada);
    await bot.command(ada, 'leave');
    expect(bot.fakes.llm.requests[0]?.signal.aborted).toBe(true);
    await expectRoomClosed(bot);
    expect(bot.chat(bot.lounge)).toHaveLength(1);
  });
});

it('leaves no spoken word and no secret in the log', async () => {
  await bot.turn(ada);
  await expectCleanStop(bot);
  const lines = JSON.stringify(bot.logged.map(({ pii: _, ...line }) => line));
  expect(lines).toContain('"msg":"turn"');
  for (const secret of ['what time is it', 'It is noon', bot.loopback.token]) {
    expect(lines).not.toContain(secret);
  }
});
