/** One finished turn in numbers: histograms of its latency, counters of how it went and what it cost. */
import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { criticalPath, type Stage } from '../latency/critical-path.ts';
import { figuresOf, type StageFigures, stageFigures } from '../latency/figures.ts';
import type { TurnRecord } from '../latency/timeline.ts';
import { type FinishedTurn, reasonLabel } from './finished-turn.ts';
import { BOUNDARIES_MS, COUNTERS, HISTOGRAMS, LABELS } from './names.ts';

type Vendors = TurnRecord['providers'];

/** Who does the work of a published stage; null for ourselves. */
const WORKERS: Record<keyof StageFigures, { stage: Stage; who: keyof Vendors | null }> = {
  receiveRepairMs: { stage: 'receiveRepair', who: null },
  gateMs: { stage: 'gate', who: null },
  speechToTextMs: { stage: 'speechToText', who: 'stt' },
  languageModelMs: { stage: 'languageModel', who: 'llm' },
  firstClauseMs: { stage: 'firstClause', who: 'llm' },
  textToSpeechMs: { stage: 'textToSpeech', who: 'tts' },
};

/** @returns what is to be called once with each turn. */
export function createTurnMetrics(meter: Meter): (turn: FinishedTurn) => void {
  const histograms = all(HISTOGRAMS, ({ name, unit, description }) =>
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: BOUNDARIES_MS } }),
  );
  const counters = all(COUNTERS, ({ name, unit, description }) =>
    meter.createCounter(name, { unit, description }),
  );
  beginAtNought(counters);
  return ({ record }) => {
    recordLatency(histograms, record);
    countQuality(counters, record);
    countSpending(counters, record);
  };
}

/** A rate can be told of what was there before it first happened: a series that begins with 1 has no increase. */
function beginAtNought({ turns, speculation, ...others }: Record<keyof typeof COUNTERS, Counter>): void {
  for (const outcome of ['answered', 'unanswered', 'missed'])
    turns.add(0, { [LABELS.outcome]: outcome, [LABELS.reason]: '' });
  for (const result of ['hit', 'miss']) speculation.add(0, { [LABELS.result]: result });
  const { falseCutoffs, bargeIns, falseBargeIns, repeats, cost, unpriced } = others;
  for (const counter of [falseCutoffs, bargeIns, falseBargeIns, repeats, cost, unpriced]) counter.add(0);
}

function recordLatency(histograms: Record<keyof typeof HISTOGRAMS, Histogram>, record: TurnRecord): void {
  const { marks, providers } = record;
  const vendors = { [LABELS.stt]: providers.stt, [LABELS.llm]: providers.llm, [LABELS.tts]: providers.tts };
  const { responseGapMs, pipelineMs, promptMs } = figuresOf(record);
  if (responseGapMs !== undefined) histograms.responseGap.record(Math.max(0, responseGapMs), vendors);
  if (pipelineMs !== undefined) histograms.pipeline.record(Math.max(0, pipelineMs), vendors);
  if (promptMs !== undefined) histograms.prompt.record(Math.max(0, promptMs), vendors);
  const stages = stageFigures(marks);
  for (const [figure, { stage, who }] of Object.entries(WORKERS)) {
    const tookMs = stages[figure as keyof StageFigures];
    const vendor = who === null ? {} : { [LABELS.vendor]: providers[who] };
    if (tookMs !== undefined) histograms.stage.record(tookMs, { [LABELS.stage]: stage, ...vendor });
  }
  if (responseGapMs === undefined) return;
  for (const [stage, waitedMs] of waits(record)) histograms.wait.record(waitedMs, { [LABELS.stage]: stage });
}

/** By stage, since a stage may be waited for twice in a turn. */
function waits({ marks }: TurnRecord): Map<Stage, number> {
  const sums = new Map<Stage, number>();
  for (const { stage, startMs, endMs } of criticalPath(marks))
    sums.set(stage, (sums.get(stage) ?? 0) + endMs - startMs);
  return sums;
}

function countQuality(counters: Record<keyof typeof COUNTERS, Counter>, record: TurnRecord): void {
  const { outcome, speculation, providers } = record;
  counters.turns.add(1, { [LABELS.outcome]: outcome, [LABELS.reason]: reasonLabel(record) });
  counters.falseCutoffs.add(Number(record.falseCutoff));
  counters.bargeIns.add(Number(record.bargedIn));
  counters.falseBargeIns.add(record.falseBargeIns);
  counters.repeats.add(Number(record.repeated));
  if (speculation !== 'off') counters.speculation.add(1, { [LABELS.result]: speculation });
  counters.modelCalls.add(record.modelCalls, by(providers.llm));
  counters.wastedTokens.add(record.wasted.tokens, by(providers.llm));
  counters.wastedCharacters.add(record.wasted.characters, by(providers.tts));
}

/** The bill where there is one, since it knows of drafts that were not used; else what the answer took. */
function countSpending(
  counters: Record<keyof typeof COUNTERS, Counter>,
  { cost, usage, providers }: TurnRecord,
): void {
  const spent = cost?.usage ?? usage;
  if (spent) {
    counters.tokens.add(spent.inputTokens, { ...by(providers.llm), [LABELS.type]: 'input' });
    counters.tokens.add(spent.outputTokens, { ...by(providers.llm), [LABELS.type]: 'output' });
  }
  if (!cost) return;
  counters.characters.add(cost.usage.characters, by(providers.tts));
  counters.heard.add(cost.usage.audioMs, by(providers.stt));
  if (cost.usd === null) counters.unpriced.add(1);
  else counters.cost.add(cost.usd);
}

const by = (vendor: string): Attributes => ({ [LABELS.vendor]: vendor });

function all<Key extends string, Definition, Instrument>(
  definitions: Readonly<Record<Key, Definition>>,
  create: (definition: Definition) => Instrument,
): Record<Key, Instrument> {
  const entries = Object.entries<Definition>(definitions).map(([key, one]) => [key, create(one)]);
  return Object.fromEntries(entries) as Record<Key, Instrument>;
}
