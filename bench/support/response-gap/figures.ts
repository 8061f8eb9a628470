/** The figures of one shape over many turns. Rates are fractions of the turns, times are ms. */
import { distribution } from '../../../src/latency/percentile.ts';
import type { Outcome } from './shapes.ts';

export interface Gaps {
  p50: number;
  p95: number;
}

export interface Figures extends Gaps {
  p99: number;
  /** Of all turns. */
  under500: number;
  falseCutoffs: number;
  answered: number;
  missed: number;
  speculationHits: number;
  llmCallsPerTurn: number;
  wastedTokensPerTurn: number;
}

/** The goal that the product sets itself. */
const GOAL_MS = 500;

export function figuresOf(outcomes: readonly Outcome[]): Figures {
  const gaps = outcomes.flatMap(({ gapMs }) => gapMs ?? []);
  const of = distribution(gaps) ?? { p50: Number.NaN, p95: Number.NaN, p99: Number.NaN };
  const mean = (value: (outcome: Outcome) => number) =>
    rounded(outcomes.reduce((sum, outcome) => sum + value(outcome), 0) / outcomes.length, 4);
  return {
    p50: rounded(of.p50, 1),
    p95: rounded(of.p95, 1),
    p99: rounded(of.p99, 1),
    under500: mean(({ gapMs }) => Number(gapMs !== null && gapMs < GOAL_MS)),
    falseCutoffs: mean(({ falseCutoff }) => Number(falseCutoff)),
    answered: mean(({ gapMs }) => Number(gapMs !== null)),
    missed: mean(({ gapMs }) => Number(gapMs === null)),
    speculationHits: mean(({ speculationHit }) => Number(speculationHit)),
    llmCallsPerTurn: mean(({ llmCalls }) => llmCalls),
    wastedTokensPerTurn: mean(({ wastedTokens }) => wastedTokens),
  };
}

export function gapsOf(gapsMs: readonly number[]): Gaps {
  const { p50, p95 } = distribution(gapsMs)!;
  return { p50: rounded(p50, 1), p95: rounded(p95, 1) };
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
