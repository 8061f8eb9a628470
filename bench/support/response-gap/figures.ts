/** The figures of one shape over many turns. Rates are fractions of all turns, times are ms. */
import { percentile } from '../../../src/latency/percentile.ts';
import { TURN_DEFAULTS } from '../../../src/turn/defaults.ts';
import type { Outcome } from './shapes.ts';

export interface Gaps {
  p50: number;
  p95: number;
}

/** A turn that was not answered counts as a longer gap than any: a percentile that falls on one is null. */
export interface Figures {
  p50: number | null;
  p95: number | null;
  p99: number | null;
  under500: number;
  falseCutoffs: number;
  answered: number;
  /** Ended without an answer, for a reason that the room was told. */
  unanswered: number;
  /** Neither answered nor explained. */
  missed: number;
  /** Answered later than two seconds after the agent took the turn to have ended: the product apologises instead. */
  pastTwoSeconds: number;
  speculationHits: number;
  llmCallsPerTurn: number;
  wastedTokensPerTurn: number;
}

/** The goal that the product sets itself. */
const GOAL_MS = 500;

export function figuresOf(outcomes: readonly Outcome[]): Figures {
  const gaps = outcomes.map(({ gapMs }) => gapMs ?? Number.POSITIVE_INFINITY).toSorted((a, b) => a - b);
  const at = (percent: number) => {
    const gapMs = percentile(gaps, percent);
    return Number.isFinite(gapMs) ? rounded(gapMs, 1) : null;
  };
  const mean = (value: (outcome: Outcome) => number) =>
    rounded(outcomes.reduce((sum, outcome) => sum + value(outcome), 0) / outcomes.length, 4);
  return {
    ...{ p50: at(50), p95: at(95), p99: at(99) },
    under500: mean(({ gapMs }) => Number(gapMs !== null && gapMs < GOAL_MS)),
    falseCutoffs: mean(({ falseCutoff }) => Number(falseCutoff)),
    answered: mean(({ gapMs }) => Number(gapMs !== null)),
    unanswered: mean(({ gapMs, reason }) => Number(gapMs === null && reason !== null)),
    missed: mean(({ gapMs, reason }) => Number(gapMs === null && reason === null)),
    pastTwoSeconds: mean(({ pipelineMs }) =>
      Number(pipelineMs !== null && pipelineMs > TURN_DEFAULTS.answerDueMs),
    ),
    speculationHits: mean(({ speculationHit }) => Number(speculationHit)),
    llmCallsPerTurn: mean(({ llmCalls }) => llmCalls),
    wastedTokensPerTurn: mean(({ wastedTokens }) => wastedTokens),
  };
}

export function gapsOf(gapsMs: readonly number[]): Gaps {
  const sorted = gapsMs.toSorted((a, b) => a - b);
  return { p50: rounded(percentile(sorted, 50), 1), p95: rounded(percentile(sorted, 95), 1) };
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
