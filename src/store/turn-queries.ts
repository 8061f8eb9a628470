/** What `TurnRecords` asks, as SQL. */
import { sql } from 'kysely';
import { byTurns, type HistoryPoint, type SummaryOf, type TurnWindow } from '../latency/records.ts';
import type { Summary } from '../latency/summary.ts';
import type { TurnRecord } from '../latency/timeline.ts';
import type { Database } from './database.ts';
import { nearestRank } from './percentiles.ts';
import { DAY_MS, type Tally, TallySum, talliesOf } from './tallies.ts';
import { FIGURE_COLUMNS, recordOf } from './turn-rows.ts';

export async function lastTurn(database: Database, guildId: string): Promise<TurnRecord | null> {
  const [row] = await newest(database, 1).where('guild_id', '=', guildId).execute();
  return row ? recordOf(row) : null;
}

/** Oldest first; of more than `limit`, the newest. */
export async function listTurns(
  database: Database,
  { guildId, sinceUnixMs, untilUnixMs }: TurnWindow,
  limit: number,
): Promise<TurnRecord[]> {
  const rows = await newest(database, limit)
    .where('guild_id', '=', guildId)
    .where('ended_at', '>=', sinceUnixMs)
    .where('ended_at', '<', untilUnixMs)
    .execute();
  return rows.reverse().map(recordOf);
}

const newest = ({ db }: Database, limit: number) =>
  db
    .selectFrom('turns')
    .innerJoin('turn_records', 'turn_records.seq', 'turns.seq')
    .select(['turn_records.record', 'turns.speaker_id'])
    .orderBy('turns.ended_at', 'desc')
    .orderBy('turns.seq', 'desc')
    .limit(limit);

export async function stats(database: Database, window: TurnWindow, budgetMs: number): Promise<Summary> {
  const sum = new TallySum();
  await eachTally(database, window, (tally) => sum.add(tally));
  return sum.summary(budgetMs);
}

/** Those with most turns first. */
export async function statsByVendor(
  database: Database,
  window: TurnWindow,
  budgetMs: number,
  limit: number,
): Promise<SummaryOf[]> {
  const sums = new Map<string, TallySum>();
  await eachTally(database, window, (tally, vendors) => {
    const sum = sums.get(vendors) ?? new TallySum();
    sums.set(vendors, sum);
    sum.add(tally);
  });
  return [...sums]
    .map(([key, sum]) => ({ key, summary: sum.summary(budgetMs) }))
    .sort(byTurns)
    .slice(0, limit);
}

/** Whole days come from the tallies; only the ends of the window, less than a day each, are read turn by turn. */
async function eachTally(
  database: Database,
  window: TurnWindow,
  take: (tally: Tally, vendors: string) => void,
): Promise<void> {
  const { guildId, sinceUnixMs, untilUnixMs } = window;
  const firstDay = Math.ceil(sinceUnixMs / DAY_MS);
  const endDay = Math.floor(untilUnixMs / DAY_MS);
  if (firstDay >= endDay) return await eachTurn(database, window, take);
  const tallies = await database.db
    .selectFrom('tallies')
    .select(({ fn }) => ['what', 'ms', 'vendors', fn.sum<number>('amount').as('amount')])
    .where('guild_id', '=', guildId)
    .where('day', '>=', firstDay)
    .where('day', '<', endDay)
    .groupBy(['what', 'ms', 'vendors'])
    .execute();
  for (const tally of tallies) take(tally, tally.vendors);
  await eachTurn(database, { ...window, untilUnixMs: firstDay * DAY_MS }, take);
  await eachTurn(database, { ...window, sinceUnixMs: endDay * DAY_MS }, take);
}

async function eachTurn(
  database: Database,
  window: TurnWindow,
  take: (tally: Tally, vendors: string) => void,
): Promise<void> {
  if (window.sinceUnixMs >= window.untilUnixMs) return;
  const rows = await countedTurns(database, window).select('vendors').execute();
  for (const row of rows) for (const tally of talliesOf(row)) take(tally, row.vendors);
}

/** What the turns of a window are summed up by. */
export const countedTurns = (database: Database, window: TurnWindow) =>
  within(database, window)
    .select(['outcome', 'reason', 'false_cutoff', 'false_barge_ins', 'repeated', 'speculation'])
    .select(['wasted_tokens', 'wasted_characters', 'billed', 'usd', ...Object.values(FIGURE_COLUMNS)]);

/** Point by point, each of which is a stretch of the index: so nothing is sorted but what percentiles are taken of. */
export async function history(
  database: Database,
  window: TurnWindow,
  widthMs: number,
): Promise<HistoryPoint[]> {
  const { sinceUnixMs, untilUnixMs } = window;
  const startOf = (unixMs: number): number => Math.floor(unixMs / widthMs) * widthMs;
  const points: HistoryPoint[] = [];
  let fromUnixMs = startOf(sinceUnixMs);
  while (fromUnixMs < untilUnixMs) {
    const stretch = {
      guildId: window.guildId,
      sinceUnixMs: Math.max(sinceUnixMs, fromUnixMs),
      untilUnixMs: Math.min(untilUnixMs, fromUnixMs + widthMs),
    };
    const point = await historyPoint(database, stretch, fromUnixMs);
    if (point) points.push(point);
    const nextUnixMs = point
      ? fromUnixMs + widthMs
      : await firstEnd(database, { ...window, sinceUnixMs: stretch.sinceUnixMs });
    if (nextUnixMs === null) break;
    fromUnixMs = startOf(nextUnixMs);
  }
  return points;
}

async function historyPoint(
  database: Database,
  stretch: TurnWindow,
  fromUnixMs: number,
): Promise<HistoryPoint | null> {
  const counts = await within(database, stretch)
    .select(({ fn }) => [
      fn.countAll<number>().as('n'),
      fn.count<number>('response_gap_ms').as('measured'),
      fn.sum<number>('false_cutoff').as('falseCutoffs'),
      sql<number>`count(case when outcome = 'missed' then 1 end)`.as('missed'),
    ])
    .executeTakeFirstOrThrow();
  if (counts.n === 0) return null;
  const gap = (percent: number) => nearestRank(database.dialect, 'response_gap_ms', percent, counts.measured);
  const { p50, p95 } = await within(database, stretch)
    .select([gap(50).as('p50'), gap(95).as('p95')])
    .executeTakeFirstOrThrow();
  const { n, falseCutoffs, missed } = counts;
  return { fromUnixMs, n, p50Ms: p50, p95Ms: p95, falseCutoffs, missed };
}

/** When the first turn of the window ended; null when there is none. */
export async function firstEnd(database: Database, window: TurnWindow): Promise<number | null> {
  const { first } = await within(database, window)
    .select(({ fn }) => fn.min<number | null>('ended_at').as('first'))
    .executeTakeFirstOrThrow();
  return first;
}

export const within = ({ db }: Database, { guildId, sinceUnixMs, untilUnixMs }: TurnWindow) =>
  db
    .selectFrom('turns')
    .where('guild_id', '=', guildId)
    .where('ended_at', '>=', sinceUnixMs)
    .where('ended_at', '<', untilUnixMs);
