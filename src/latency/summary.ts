/** Many turns in one summary: how they ended, and the percentiles of every figure and stage. */
import { keepsTo, RESPONSE_BUDGET_MS } from './budget.ts';
import { figuresOf, type StageFigures, stageFigures } from './figures.ts';
import { type Distribution, distribution } from './percentile.ts';
import type { Figures, TurnRecord } from './timeline.ts';

export interface Summary {
  /** The turns there were: answered + unanswered + missed. */
  n: number;
  answered: number;
  unanswered: number;
  missed: number;
  /** Why turns were not answered, by error code, with how often. */
  reasons: Record<string, number>;
  falseCutoffs: number;
  /** Answers that paused for a sound that was no interruption. */
  falseBargeIns: number;
  /** Turns in which the speaker had to say the same again. */
  repeats: number;
  /** Drafts made before the end of turn: turns whose answer was one, turns that drafted in vain, and what that cost. */
  speculation: { hits: number; misses: number; wastedTokens: number; wastedCharacters: number };
  /** The mean bill of the turns that were counted, in USD: null with a price that is not known. Null without such turns. */
  cost: { meanUsd: number | null; n: number } | null;
  /** Percentiles in ms; null when no turn has the figure. */
  responseGapMs: Distribution | null;
  /** Response gaps that keep to the budget, of all that were measured; 0 to 1. Null when there is none. */
  withinBudget: number | null;
  pipelineMs: Distribution | null;
  promptMs: Distribution | null;
  stages: Record<keyof StageFigures, Distribution | null>;
}

/** @param budgetMs what `withinBudget` counts against. */
export function summarise(records: readonly TurnRecord[], budgetMs: number = RESPONSE_BUDGET_MS): Summary {
  const ended = (outcome: TurnRecord['outcome']) =>
    records.filter((record) => record.outcome === outcome).length;
  const all = records.map(figuresOf);
  const stages = records.map((record) => stageFigures(record.marks));
  const figure = (name: keyof Figures) => distribution(all.flatMap((one) => one[name] ?? []));
  const stage = (name: keyof StageFigures) => distribution(stages.flatMap((one) => one[name] ?? []));
  return {
    n: records.length,
    answered: ended('answered'),
    unanswered: ended('unanswered'),
    missed: ended('missed'),
    reasons: countReasons(records),
    falseCutoffs: records.filter((record) => record.falseCutoff).length,
    falseBargeIns: sum(records.map((record) => record.falseBargeIns)),
    repeats: records.filter((record) => record.repeated).length,
    speculation: {
      hits: records.filter(({ speculation }) => speculation === 'hit').length,
      misses: records.filter(({ speculation }) => speculation === 'miss').length,
      wastedTokens: sum(records.map(({ wasted }) => wasted.tokens)),
      wastedCharacters: sum(records.map(({ wasted }) => wasted.characters)),
    },
    cost: meanCost(records),
    responseGapMs: figure('responseGapMs'),
    withinBudget: shareWithin(
      all.flatMap(({ responseGapMs }) => responseGapMs ?? []),
      budgetMs,
    ),
    pipelineMs: figure('pipelineMs'),
    promptMs: figure('promptMs'),
    stages: {
      receiveRepairMs: stage('receiveRepairMs'),
      gateMs: stage('gateMs'),
      speechToTextMs: stage('speechToTextMs'),
      languageModelMs: stage('languageModelMs'),
      firstClauseMs: stage('firstClauseMs'),
      textToSpeechMs: stage('textToSpeechMs'),
    },
  };
}

/**
 * The median response gap over all servers, in ms, with the number of answers it is of, and how many of these cut the
 * speaker off; null before the first.
 */
export function measuredGap(turns: {
  all(): readonly TurnRecord[];
}): { p50Ms: number; n: number; falseCutoffs: number } | null {
  const answers = turns.all().filter((record) => figuresOf(record).responseGapMs !== undefined);
  const gaps = distribution(answers.map((record) => figuresOf(record).responseGapMs!));
  const falseCutoffs = answers.filter(({ falseCutoff }) => falseCutoff).length;
  return gaps && { p50Ms: gaps.p50, n: gaps.n, falseCutoffs };
}

const shareWithin = (values: readonly number[], budgetMs: number): number | null =>
  values.length === 0 ? null : values.filter((ms) => keepsTo(budgetMs, ms)).length / values.length;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function meanCost(records: readonly TurnRecord[]): Summary['cost'] {
  const bills = records.flatMap(({ cost }) => (cost ? [cost.usd] : []));
  if (bills.length === 0) return null;
  const known = bills.filter((usd) => usd !== null);
  return { meanUsd: known.length === bills.length ? sum(known) / known.length : null, n: bills.length };
}

function countReasons(records: readonly TurnRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of records) {
    if (reason !== null) counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}
