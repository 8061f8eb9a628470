/** /latency over a Discord on this machine, by the real discord.js: pictures arrive, files can be read, all in time. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { figuresOf } from '../../src/latency/figures.ts';
import { stageRows } from '../../src/latency/stages.ts';
import type { Person } from '../../src/loopback/index.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { readPng } from '../support/png.ts';

/** As heard from the other side: one frame of 20 ms. */
const SAME_MOMENT_MS = 20;

let bot: Bot;
let ada: Person;
let gapMs: number;

beforeAll(async () => {
  bot = await startBot();
  ada = await bot.joined();
  const { report } = await bot.turn(ada);
  const { lastVoiced, firstAudibleOut } = report.record.marks;
  gapMs = Math.round(firstAudibleOut! - lastVoiced!);
});
afterAll(async () => await bot.stop());

it('now: a private picture with its words, and the gap in a sentence', async () => {
  const answer = await bot.command(ada, 'latency now');
  expect(answer).toMatchObject({ private: true, edits: 1 });
  expect(answer.text).toContain(`**${gapMs} ms** response gap`);
  expect(answer.firstAnswerMs).toBeLessThan(3_000);
  const [file] = answer.files;
  expect(file).toMatchObject({ name: 'latency-now.png', contentType: 'image/png' });
  expect(file?.description).toContain(`Response gap ${gapMs} ms`);
  expect(readPng(file!.data).width).toBe(1_200);
});

it('stats: a table and a picture; by speaker it names people without pinging them', async () => {
  const whole = await bot.command(ada, 'latency stats', { options: { window: 'last hour' } });
  expect(whole.text).toMatch(/^1 turn: 1 answered$/m);
  expect(whole.files.map(({ name }) => name)).toEqual(['latency-stats.png']);
  const bySpeaker = await bot.command(ada, 'latency stats', { options: { by: 'speaker' } });
  expect(bySpeaker.text).toContain(`1. <@${ada.id}>: 1 turn`);
  expect(bySpeaker.files[0]?.description).not.toContain(ada.id);
});

it('history: a picture', async () => {
  const answer = await bot.command(ada, 'latency history', { options: { window: '3h' } });
  expect(answer.text).toMatch(/^The last 3 hours: 1 turn, /);
  expect(readPng(answer.files[0]!.data).width).toBe(1_200);
});

it('export: both files, which say the same', async () => {
  const { files } = await bot.command(ada, 'latency export');
  const [csv, json] = files.map(({ data }) => data.toString());
  const [row] = JSON.parse(json!) as Record<string, unknown>[];
  const [head, line] = csv!.split('\r\n').map((one) => one.split(','));
  expect(head).toEqual(Object.keys(row!));
  expect(line).toHaveLength(head!.length);
  expect(Number(line![head!.indexOf('responseGapMs')])).toBe(gapMs);
  expect(csv).not.toContain(ada.id);
});

it('share: the picture is there for everyone, and pings nobody', async () => {
  const answer = await bot.command(ada, 'latency share');
  expect(answer.private).toBe(true);
  const post = await bot.waitFor('the post', () => answer.followUps[0]);
  expect(post).toMatchObject({ pinged: [], text: expect.stringContaining(`**${gapMs} ms**`) });
  expect(post.files[0]?.description).toContain('Waterfall');
  expect(bot.chat(bot.loopback.textChannelId)).toContain(post.text);
});

it('proposes windows while one is typed', async () => {
  const command = { name: 'latency', subcommand: 'stats', focused: 'window', options: { window: '3' } };
  const choices = await bot.loopback.autocomplete(ada, command);
  expect(choices.map(({ name }) => name)).toEqual(['3 hours', '3 days', '3 minutes', '30 days']);
  expect(choices.every(({ name, value }) => name === value)).toBe(true);
});

it('answers a wrong window in plain words, with examples', async () => {
  const answer = await bot.command(ada, 'latency history', { options: { window: 'ages' } });
  expect(answer.text).toBe(
    '"ages" is no window of time that I know. Try "last hour", "today", "3h", "2d", "7 days", "yesterday", a past day such as "2026-11-20" or a range, "2026-11-20..2026-11-22" or "2026-11-20 08:00..2026-11-20 12:00" (UTC); a year is the most.',
  );
  expect(answer.private).toBe(true);
});

it('the stages add up to the gap, which the far side measures alike', async () => {
  const differences: number[] = [];
  for (let round = 0; round < 3; round++) {
    const { spoken, report } = await bot.turn(ada);
    const audibleMs = await bot.loopback.room.nextAudible(spoken.lastVoicedSentMs, 1_000);
    const stages = stageRows(report.record);
    const sumMs = stages.reduce((sum, { waitedMs }) => sum + (waitedMs ?? 0), 0);
    expect(sumMs).toBe(Math.round(figuresOf(report.record).responseGapMs!));
    differences.push(Math.abs(sumMs - (audibleMs - spoken.lastVoicedSentMs)));
  }
  expect(differences.toSorted((a, b) => a - b)[1]).toBeLessThan(SAME_MOMENT_MS);
});
