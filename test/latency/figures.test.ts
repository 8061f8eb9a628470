/** Figures are differences of marks, absent where they cannot be known; percentiles are measured values. */
import { describe, expect, it } from 'vitest';
import { figures, figuresOf, stageFigures } from '../../src/latency/figures.ts';
import { distribution, percentile } from '../../src/latency/percentile.ts';
import { measuredGap, summarise } from '../../src/latency/summary.ts';
import { randomFrom, serialMarks, turn } from './timelines.ts';

describe('figures', () => {
  it('are counted to the first audible frame', () => {
    expect(figures({ lastVoiced: 10, endOfTurn: 310, sttFinal: 340, firstAudibleOut: 442 })).toEqual({
      responseGapMs: 432,
      pipelineMs: 132,
      promptMs: 102,
    });
  });

  it('are absent where a mark is', () => {
    expect(figures({ lastVoiced: 0, endOfTurn: 300 })).toEqual({});
    expect(figures({ lastVoiced: 0, firstAudibleOut: 400 })).toEqual({ responseGapMs: 400 });
  });

  it('are none for a turn that ended with a notice or with nothing', () => {
    expect(figuresOf(turn({ audible: 'notice' }))).toEqual({});
    expect(figuresOf(turn({ audible: null }))).toEqual({});
    expect(figuresOf(turn())).toHaveProperty('responseGapMs');
  });

  it('have a stage only where it ran forwards', () => {
    expect(stageFigures({ endOfTurn: 100, sttFinal: 140, llmSent: 141, llmFirstToken: 341 })).toEqual({
      speechToTextMs: 40,
      languageModelMs: 200,
    });
    expect(stageFigures({ endOfTurn: 100, sttFinal: 90 })).toEqual({});
    expect(stageFigures({ lastVoiced: 10, repaired: 50 })).toEqual({ receiveRepairMs: 40 });
    expect(stageFigures({ lastVoiced: 10, repaired: 10 })).toEqual({ receiveRepairMs: 0 });
    expect(stageFigures({ lastVoiced: 10, repaired: 50, endOfTurn: 250 })).toMatchObject({ gateMs: 200 });
    expect(stageFigures({ lastVoiced: 10, endOfTurn: 250 })).toEqual({ gateMs: 240 });
    expect(stageFigures({ llmFirstToken: 1, firstClause: 5, ttsSent: 6, ttsFirstByte: 96 })).toEqual({
      firstClauseMs: 4,
      textToSpeechMs: 90,
    });
  });
});

describe('percentile', () => {
  it('is the nearest rank', () => {
    const sorted = [15, 20, 35, 40, 50];
    expect([5, 30, 40, 50, 100].map((percent) => percentile(sorted, percent))).toEqual([15, 20, 20, 35, 50]);
  });

  it('is the smallest value with enough of the others at or below it', () => {
    const random = randomFrom(4);
    for (let n = 1; n <= 300; n++) {
      const sorted = Array.from({ length: n }, () => Math.floor(random() * 50)).sort((a, b) => a - b);
      for (const percent of [1, 50, 95, 99, 100]) {
        const enough = (value: number) => sorted.filter((one) => one <= value).length * 100 >= percent * n;
        expect(percentile(sorted, percent)).toBe(sorted.find(enough));
      }
    }
  });

  it('sorts by number and leaves the values as they were', () => {
    const values = [100, 9, 20];
    expect(distribution(values)).toEqual({ n: 3, p50: 20, p90: 100, p95: 100, p99: 100 });
    expect(values).toEqual([100, 9, 20]);
    expect(distribution([])).toBeNull();
  });
});

describe('summarise', () => {
  const late = { ...serialMarks, firstAudibleOut: serialMarks.lastVoiced! + 900 };
  const summary = summarise([
    turn({ falseCutoff: true, repeated: true, speculation: 'hit', wasted: { tokens: 4, characters: 20 } }),
    turn({ marks: late, speculation: 'miss', wasted: { tokens: 3, characters: 0 }, falseBargeIns: 2 }),
    turn({ outcome: 'unanswered', reason: 'LLM_TIMEOUT', audible: 'notice' }),
    turn({ outcome: 'unanswered', reason: 'LLM_TIMEOUT', audible: null, marks: {} }),
    turn({ outcome: 'unanswered', reason: 'SUPERSEDED', audible: null, marks: {} }),
    turn({ outcome: 'missed', audible: null, marks: {} }),
  ]);

  it('counts every turn once, with the reasons and the false cut-offs', () => {
    expect(summary).toMatchObject({
      n: 6,
      answered: 2,
      unanswered: 3,
      missed: 1,
      falseCutoffs: 1,
      falseBargeIns: 2,
      repeats: 1,
      withinBudget: 0.5,
      speculation: { hits: 1, misses: 1, wastedTokens: 7, wastedCharacters: 20 },
      reasons: { LLM_TIMEOUT: 2, SUPERSEDED: 1 },
    });
  });

  it('takes the gap of answers alone, and the stages of every turn that has them', () => {
    expect(summary.responseGapMs).toMatchObject({ n: 2, p99: 900 });
    expect(summary.responseGapMs!.p50).toBeCloseTo(432.2);
    expect(summary.stages.languageModelMs).toMatchObject({ n: 3, p50: 19 });
  });

  it('knows no figure without turns', () => {
    expect(summarise([])).toEqual({
      cost: null,
      n: 0,
      answered: 0,
      unanswered: 0,
      missed: 0,
      reasons: {},
      falseCutoffs: 0,
      falseBargeIns: 0,
      repeats: 0,
      speculation: { hits: 0, misses: 0, wastedTokens: 0, wastedCharacters: 0 },
      responseGapMs: null,
      withinBudget: null,
      pipelineMs: null,
      promptMs: null,
      stages: {
        receiveRepairMs: null,
        gateMs: null,
        speechToTextMs: null,
        languageModelMs: null,
        firstClauseMs: null,
        textToSpeechMs: null,
      },
    });
  });
});

describe('measuredGap', () => {
  const gap = (ms: number) => turn({ marks: { lastVoiced: 0, firstAudibleOut: ms } });

  it('is the median of all answers, and null without any', () => {
    const notice = turn({ audible: 'notice', outcome: 'unanswered', reason: 'LLM_TIMEOUT' });
    expect(
      measuredGap({ all: () => [gap(300), notice, { ...gap(500), falseCutoff: true }, gap(400)] }),
    ).toEqual({
      ...{ p50Ms: 400, n: 3, falseCutoffs: 1 },
    });
    expect(measuredGap({ all: () => [notice] })).toBeNull();
  });
});
