/** The benchmark's figures: what counts, what is null, and that the whole of it runs. */
import { expect, it } from 'vitest';
import { render, run } from '../../../bench/response-gap.ts';
import { figuresOf, gapsOf } from '../../../bench/support/response-gap/figures.ts';
import type { Outcome } from '../../../bench/support/response-gap/shapes.ts';

const answered = (gapMs: number): Outcome => ({
  ...{
    gapMs,
    pipelineMs: gapMs + 1_200,
    reason: null,
    falseCutoff: false,
    llmCalls: 1,
    wastedTokens: 2,
    speculationHit: true,
  },
});
const unanswered = (reason: string | null): Outcome => ({
  ...{
    gapMs: null,
    pipelineMs: null,
    reason,
    falseCutoff: true,
    llmCalls: 3,
    wastedTokens: 0,
    speculationHit: false,
  },
});

it('counts turns without an answer as longer than any, and tells the explained from the missed', () => {
  const gaps = [400, 450, 499.96, 500, 600, 700, 800, 900].map(answered);
  expect(figuresOf([...gaps, unanswered('ANSWER_TIMEOUT'), unanswered(null)])).toEqual({
    ...{ p50: 600, p95: null, p99: null, under500: 0.3 },
    ...{ falseCutoffs: 0.2, answered: 0.8, unanswered: 0.1, missed: 0.1 },
    // 800 and 1,200 ms are not past two seconds.
    ...{ pastTwoSeconds: 0.1, speculationHits: 0.8, llmCallsPerTurn: 1.4, wastedTokensPerTurn: 1.6 },
  });
  expect(gapsOf([30, 10, 20])).toEqual({ p50: 20, p95: 30 });
});

it('runs, the same each time, and nothing of it is missed', async () => {
  const context = { args: ['--turns', '100', '--virtual'], progress() {} };
  const result = await run(context);
  expect(await run(context)).toEqual(result);
  expect(Object.keys(result.profiles)).toEqual(['best', 'best-coval', 'claude', 'seed', 'best-raced']);
  for (const { parley, serial, streaming, limit } of Object.values(result.profiles)) {
    expect([parley.missed, serial.missed, streaming.missed]).toEqual([0, 0, 0]);
    expect([parley.answered, serial.answered, streaming.answered]).toEqual([1, 1, 1]);
    expect(limit.p50).toBeLessThan(streaming.p50!);
    expect(streaming.p50!).toBeLessThan(serial.p50!);
  }
  expect(result).toMatchObject({ turns: 100, realtime: null });
  expect(render(result)).toContain('best-raced, 100 turns');
});

it('refuses a number of turns that is none', async () => {
  await expect(run({ args: ['--turns', 'many'], progress() {} })).rejects.toThrow('--turns needs a number');
});
