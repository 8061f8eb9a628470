/** The turns of this process as `TurnRecords`: what is left when no store can be read. */
import { exportTurns } from './export.ts';
import { figuresOf } from './figures.ts';
import { distribution } from './percentile.ts';
import { byTurns, type Grouping, type HistoryPoint, type TurnRecords, type TurnWindow } from './records.ts';
import { summarise } from './summary.ts';
import type { TurnRecord } from './timeline.ts';
import type { TurnLog } from './turn-log.ts';

export function recordsInMemory(turns: TurnLog): TurnRecords {
  const within = ({ guildId, sinceUnixMs, untilUnixMs }: TurnWindow) =>
    turns
      .list(guildId)
      .filter(({ endedAtUnixMs }) => endedAtUnixMs >= sinceUnixMs && endedAtUnixMs < untilUnixMs);
  return {
    last: async (guildId) => turns.list(guildId).at(-1) ?? null,
    stats: async (window, budgetMs) => summarise(within(window), budgetMs),
    statsBy: async (window, by, budgetMs, limit) =>
      [...Map.groupBy(within(window), (record) => keyOf(record, by))]
        .map(([key, records]) => ({ key, summary: summarise(records, budgetMs) }))
        .sort(byTurns)
        .slice(0, limit),
    history: async (window, widthMs) =>
      [...Map.groupBy(within(window), (record) => startOf(record, widthMs))]
        .sort(([a], [b]) => a - b)
        .map(([fromUnixMs, records]) => pointOf(fromUnixMs, records)),
    list: async (window, limit) => within(window).slice(-limit),
    export: async (window, limit) => exportTurns(within(window), limit),
  };
}

export const keyOf = ({ speakerId, providers }: TurnRecord, by: Grouping): string =>
  by === 'speaker' ? speakerId : `${providers.stt} + ${providers.llm} + ${providers.tts}`;

const startOf = ({ endedAtUnixMs }: TurnRecord, widthMs: number): number =>
  Math.floor(endedAtUnixMs / widthMs) * widthMs;

function pointOf(fromUnixMs: number, records: readonly TurnRecord[]): HistoryPoint {
  const gaps = distribution(records.flatMap((record) => figuresOf(record).responseGapMs ?? []));
  return {
    ...{ fromUnixMs, n: records.length, p50Ms: gaps?.p50 ?? null, p95Ms: gaps?.p95 ?? null },
    falseCutoffs: records.filter(({ falseCutoff }) => falseCutoff).length,
    missed: records.filter(({ outcome }) => outcome === 'missed').length,
  };
}
