/** /latency: what is answered, drawn and attached, also when there is little to show or something cannot be had. */
import { ApplicationCommandOptionType } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { latency } from '../../commands/latency.ts';
import { ParleyError } from '../../src/base/errors.ts';
import { recordsInMemory } from '../../src/latency/records-in-memory.ts';
import type { TurnRecord } from '../../src/latency/timeline.ts';
import { createTurnLog } from '../../src/latency/turn-log.ts';
import { NO_USAGE } from '../../src/money/usage.ts';
import { turn } from '../latency/timelines.ts';
import { type FakeContext, type FakeOptions, fakeContext } from './context.ts';

const NOW = 1_700_000_000_500;
const answered = turn({ id: '1' });
const unanswered = turn({ outcome: 'unanswered', reason: 'LLM_TIMEOUT', audible: null, marks: {} });
const pictureError = new ParleyError('The picture painter died', {
  code: 'PICTURE_PAINTER_DIED',
  remedy: 'Wait.',
});

const HOUR_MS = 3_600_000;
/** A turn that ended so long ago. */
const turnOf = (agoMs: number) => turn({ id: `${agoMs}`, endedAtUnixMs: NOW - agoMs });

async function run(subcommand: string, given: FakeOptions = {}): Promise<FakeContext> {
  const context = fakeContext({ subcommand, ...given });
  await latency.run(context);
  return context;
}

it('has five subcommands and is for everyone', () => {
  const names = latency.data.options?.map(({ name }) => name);
  expect(names).toEqual(['now', 'stats', 'history', 'export', 'share']);
  for (const option of latency.data.options ?? []) {
    expect(option.type).toBe(ApplicationCommandOptionType.Subcommand);
    const inner = 'options' in option ? (option.options ?? []) : [];
    for (const { name, description } of inner) {
      expect(name).toMatch(/^[a-z]{1,32}$/);
      expect(description).toMatch(/^.{1,100}$/);
    }
  }
  expect(latency.data.default_member_permissions).toBeUndefined();
});

describe('now', () => {
  it('buys time, then shows the last turn as a picture with its biggest lever and its quality', async () => {
    const turns = [unanswered, { ...answered, repeated: true, falseBargeIns: 2 }];
    const context = await run('now', { turns, pingMs: 23.6 });
    expect(context.calls[0]).toBe('defer');
    expect(context.answer().split('\n')).toEqual([
      'The last turn, <t:1700000000:R>: **432 ms** response gap, within the budget of 500 ms; answered, ' +
        'paused 2 × for a sound that was no interruption, the speaker had to say it again.',
      'Biggest lever: waiting to be sure that the speaker was done (300 ms, 100 ms over its share). ' +
        'What helps: push to talk ends a turn when the key is released; whole sentences end sooner than unfinished ones.',
      'Network ping to the voice server: 24 ms.',
    ]);
    expect(context.subjects).toEqual([{ ask: 'waterfall', record: turns[1], budgetMs: 500 }]);
    expect(context.attached).toMatchObject([{ name: 'latency-now.png', description: /^Waterfall/ }]);
  });

  it('says that an answer was interrupted, and whether it is known at which word', async () => {
    const said = async (over: Partial<TurnRecord>) =>
      (await run('now', { turns: [turn({ bargedIn: true, ...over })] })).answer();
    expect(await said({ heardEstimated: false })).toContain('answered, was interrupted.');
    expect(await said({ heardEstimated: true })).toContain('was interrupted at a word that is estimated.');
    expect(await said({ bargedIn: false, heardEstimated: true })).not.toContain('estimated');
  });

  it('says whether the vendor had the prompt in its cache', async () => {
    const cost = (cachedInputTokens: number) => ({
      usd: 0.001,
      usage: { ...NO_USAGE, calls: 1, inputTokens: 1_200, cachedInputTokens },
    });
    const hit = await run('now', { turns: [turn({ cost: cost(900) })] });
    expect(hit.answer()).toMatch(/ Prompt: 1200 tokens, cache hit, 900 of them \(75 %\)\.$/);
    const miss = await run('now', { turns: [turn({ cost: cost(0) })] });
    expect(miss.answer()).toMatch(/ Prompt: 1200 tokens, no cache hit\.$/);
    const embedded = await run('now', { turns: [turn({ cost: { usd: 0, usage: NO_USAGE } })] });
    expect(embedded.answer()).not.toContain('Prompt');
  });

  it('has the table in place of a picture that cannot be drawn, and says why', async () => {
    const context = await run('now', { turns: [answered], pictureError });
    expect(context.answer()).toMatch(/^total .* 432$/m);
    expect(context.answer()).toContain('Biggest lever');
    expect(context.answer()).toMatch(
      /\n-# There is no picture this time; the log of whoever runs me says why\.$/,
    );
    expect(context.attached).toEqual([]);
  });

  it('says in plain words that there was no turn yet', async () => {
    const context = await run('now', { turns: [turn({ guildId: 'another' })], pingMs: 20 });
    expect(context.answer()).toBe(
      'Nobody has talked to me in this server since I started. Network ping to the voice server: 20 ms.',
    );
  });
});

describe('stats', () => {
  it('shows all turns of the window beside the budget', async () => {
    const context = await run('stats', { turns: [answered, unanswered], pingMs: 23.6 });
    expect(context.answer()).toContain(
      '2 turns: 1 answered\n1 unanswered, 0 missed\nwithin 500 ms: 100 % of 1 answer\n',
    );
    expect(context.answer()).toMatch(/^response gap +432 +432 +432 +432 +1 +≤500$/m);
    expect(context.answer()).toMatch(/^network ping +24 /m);
    expect(context.answer()).toMatch(/^Turns of the last 7 days:/);
    expect(context.subjects).toMatchObject([{ ask: 'percentiles', over: 'the last 7 days' }]);
  });

  it('takes only the turns of the window', async () => {
    const old = turn({ endedAtUnixMs: NOW - 2 * 3_600_000 });
    const context = await run('stats', { turns: [old, answered], options: { window: 'last hour' } });
    expect(context.answer()).toContain('1 turn: 1 answered');
  });

  it('compares speakers without pinging them, and does not name one who opted out', async () => {
    const turns = [turn({ speakerId: '7' }), turn({ speakerId: '7' }), turn({ speakerId: '8' })];
    const context = await run('stats', { turns, options: { by: 'speaker' }, optedOut: ['8'] });
    expect(context.answer().split('\n').slice(1, 3)).toEqual([
      '1. <@7>: 2 turns, p50 432, p90 432, p95 432, p99 432 ms, 100 % in budget, 0 cut off, 0 missed',
      '2. someone who opted out: 1 turn, p50 432, p90 432, p95 432, p99 432 ms, 100 % in budget, 0 cut off, 0 missed',
    ]);
    expect(JSON.stringify(context.subjects)).not.toContain('"7"');
    expect(context.attached[0]?.description).toContain('speaker 1: p50 432 ms');
    expect(context.attached[0]?.description).not.toMatch(/<@|8:/);
  });

  it('compares vendors', async () => {
    const providers = { stt: 'deepgram', llm: 'groq', tts: 'elevenlabs' };
    const context = await run('stats', { turns: [answered, turn({ providers })], options: { by: 'vendor' } });
    expect(context.answer()).toContain('\n1. deepgram + groq + elevenlabs: 1 turn, ');
    expect(context.attached[0]?.name).toBe('latency-by-vendor.png');
  });

  it('has its table without a picture as well', async () => {
    const context = await run('stats', { turns: [answered], pictureError });
    expect(context.answer()).toMatch(/^response gap /m);
    expect(context.answer()).toContain('no picture this time');
  });
});

describe('history', () => {
  it('draws points and says what they show', async () => {
    const slow = turn({
      endedAtUnixMs: NOW - 3_600_000 * 5,
      marks: { lastVoiced: 0, firstAudibleOut: 900 },
      falseCutoff: true,
    });
    const context = await run('history', { turns: [slow, answered], options: { window: '24 hours' } });
    expect(context.answer()).toMatch(
      /^The last 24 hours: 2 turns, 1 false cut-off, 0 missed\. The median gap lay between 432 and 900 ms/,
    );
    expect(context.answer()).toContain('over the budget of 500 ms in 1 of 2 points');
    expect(context.subjects).toMatchObject([
      {
        ask: 'history',
        points: [{ n: 1, p50Ms: 900 }, { n: 1 }],
      },
    ]);
  });

  it('counts no turn from before a window that begins within a point', async () => {
    const turns = [turnOf(HOUR_MS * 24 + 60_000), turnOf(HOUR_MS * 23)];
    const context = await run('history', { turns, options: { window: '24 hours' } });
    expect(context.answer()).toMatch(/^The last 24 hours: 1 turn,/);
  });
});

describe('export', () => {
  it('attaches the turns as CSV and JSON', async () => {
    const context = await run('export', { turns: [answered, unanswered] });
    expect(context.attached.map(({ name }) => name)).toEqual(['latency.csv', 'latency.json']);
    expect(context.answer()).toMatch(/^2 turns of the last 7 days, without a word or a name/);
  });

  it('is bounded, takes the newest, and says so', async () => {
    const turns = Array.from({ length: 1_100 }, (_, index) =>
      turn({ endedAtUnixMs: NOW - (1_100 - index) * 60_000 }),
    );
    const context = await run('export', { turns });
    const [, json] = context.attached;
    const rows = JSON.parse(new TextDecoder().decode(json?.data)) as { endedAt: string }[];
    expect(rows).toHaveLength(1_000);
    expect(rows.at(-1)?.endedAt).toBe(new Date(NOW - 60_000).toISOString());
    expect(context.answer()).toContain('these are the newest 1000');
    const [, before] = /ask for the window `(.+)`\./.exec(context.answer()) ?? [];
    const next = await run('export', { turns, options: { window: before! } });
    expect(next.answer()).toMatch(/^10[01] turns of \d{4}-\d\d-\d\d \d\d:\d\d to .* \(UTC\)/);
  });
});

describe('share', () => {
  it.each([
    [undefined, 'waterfall', /^post: My last turn in this server: \*\*432 ms\*\*/],
    [
      'stats',
      'percentiles',
      /^post: My turns of the last 7 days in this server: p50 432 ms, p95 432 ms over 1 turn, with 0 false cut-offs/,
    ],
  ])('posts %s for everyone, after a private answer', async (what, ask, post) => {
    const context = await run('share', { turns: [answered], options: what ? { what } : {} });
    expect(context.subjects).toMatchObject([{ ask }]);
    expect(context.calls.map((call) => call.split(':')[0])).toEqual(['defer', 'reply', 'post', 'reply']);
    expect(context.calls[2]).toMatch(post);
    expect(context.attached).toHaveLength(1);
  });

  it('posts nothing when there is nothing to show, or no picture', async () => {
    const nothing = await run('share');
    expect(nothing.calls).toEqual([
      'defer',
      'reply: Nobody has talked to me in this server since I started.',
    ]);
    const context = fakeContext({ subcommand: 'share', turns: [answered], pictureError });
    await expect(latency.run(context)).rejects.toBe(pictureError);
    expect(context.calls).toEqual(['defer']);
  });
});

describe('bad input', () => {
  it.each(['stats', 'history', 'export'])(
    '%s says that a window has no turns, and when the last one was',
    async (name) => {
      const old = turn({ endedAtUnixMs: NOW - 86_400_000 });
      const context = await run(name, { turns: [old], options: { window: '1h' } });
      expect(context.answer()).toBe(
        `There are no turns from the last hour. The last one was <t:${Math.floor(old.endedAtUnixMs / 1000)}:R>.` +
          '\n-# I remember turns only since I started.',
      );
      expect(context.attached).toEqual([]);
    },
  );

  it('says how long turns are kept when the window goes back further', async () => {
    const context = await run('stats', { turns: [answered], keptDays: 30, options: { window: '90 days' } });
    expect(context.answer()).toContain('Turns are kept for 30 days; older ones are gone.');
    const within = await run('stats', { turns: [answered], keptDays: 30, options: { window: '30 days' } });
    expect(within.answer()).not.toContain('are kept');
  });

  it.each(['yesterdayish', '0h', '400 days', '=1+1', '-3h', '99999h', ''])(
    'refuses the window %j with examples',
    async (window) => {
      const context = fakeContext({ subcommand: 'stats', turns: [answered], options: { window } });
      await expect(latency.run(context)).rejects.toMatchObject({
        code: 'BAD_WINDOW',
        remedy: expect.stringContaining('"3h"'),
      });
      expect(context.calls).toEqual([]);
    },
  );

  it.each(['now', 'stats', 'history', 'export', 'share'])(
    '%s leaves it to the program that records cannot be read',
    async (name) => {
      const broken = new ParleyError('The turns cannot be read', {
        code: 'STORE_BROKEN',
        remedy: 'Free some disk.',
      });
      const fail = async () => await Promise.reject(broken);
      const records = {
        ...recordsInMemory(createTurnLog()),
        last: fail,
        stats: fail,
        history: fail,
        list: fail,
      };
      await expect(latency.run(fakeContext({ subcommand: name, records }))).rejects.toBe(broken);
    },
  );

  it.each([
    ['now', {}],
    ['stats', {}],
    ['stats', { by: 'speaker' }],
    ['stats', { by: 'vendor' }],
    ['history', {}],
  ])('%s %j fits a message, whatever the figures', async (name, options) => {
    const long = (index: number): Partial<TurnRecord> => ({
      speakerId: `${10 ** 18 + index}`,
      providers: { stt: `s${index}`.repeat(40), llm: 'l'.repeat(90), tts: 't'.repeat(90) },
      marks: { lastVoiced: 0, endOfTurn: 1, firstFrameOut: 4e6, firstAudibleOut: 4e6 + 1 },
      ...{ reason: `${'R'.repeat(200)}${index}`, outcome: 'unanswered' },
    });
    const turns = Array.from({ length: 500 }, (_, index) =>
      turn({ falseCutoff: true, falseBargeIns: 9, ...long(index % 9) }),
    );
    const context = await run(name, { turns, pingMs: 1e6, options, pictureError });
    expect(context.answer().length).toBeLessThanOrEqual(2_000);
  });
});

describe('autocomplete', () => {
  const complete = (text: string) => latency.complete!({ option: 'window', text }, fakeContext());

  it.each([
    ['', ['last hour', 'today', 'yesterday', '24 hours', '7 days', '30 days']],
    ['3', ['3 hours', '3 days', '3 minutes', '30 days']],
    ['2d', ['2d']],
    ['day', ['day', 'today', 'yesterday', '7 days', '30 days']],
    ['nonsense', ['last hour', 'today', 'yesterday', '24 hours', '7 days', '30 days']],
  ])('of %j proposes %j', (typed, proposals) => {
    expect(complete(typed)).toEqual(proposals);
  });
});
