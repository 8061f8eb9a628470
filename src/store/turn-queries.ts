/** What `TurnRecords` asks, as SQL. */
import { type SqlBool, sql } from 'kysely';
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
  const rows = await within(database, window)
    .select(['outcome', 'reason', 'false_cutoff', 'false_barge_ins', 'repeated', 'speculation', 'vendors'])
    .select(['wasted_tokens', 'wasted_characters', 'billed', 'usd', ...Object.values(FIGURE_COLUMNS)])
    .execute();
  for (const row of rows) for (const tally of talliesOf(row)) take(tally, row.vendors);
}

export async function history(
  database: Database,
  window: TurnWindow,
  widthMs: number,
): Promise<HistoryPoint[]> {
  const { sinceUnixMs } = window;
  const { db, dialect } = database;
  const point = (column: 'turns.ended_at' | 'ended_at') =>
    sql<number>`(${sql.ref(column)} - ${sql.lit(sinceUnixMs)}) / ${sql.lit(widthMs)}`;
  const gap = sql.ref<number | null>('turns.response_gap_ms');
  const measured = sql.ref<number>('counted.measured');
  const rows = await db
    .with('counted', () =>
      within(database, window)
        .select(({ fn }) => [
          point('ended_at').as('point'),
          fn.countAll<number>().as('n'),
          fn.count<number>('response_gap_ms').as('measured'),
          fn.sum<number>('false_cutoff').as('false_cutoffs'),
          sql<number>`count(case when outcome = 'missed' then 1 end)`.as('missed'),
        ])
        .groupBy('point'),
    )
    .selectFrom('turns')
    .innerJoin('counted', (join) => join.on(sql<SqlBool>`counted.point = ${point('turns.ended_at')}`))
    .where('guild_id', '=', window.guildId)
    .where('ended_at', '>=', sinceUnixMs)
    .where('ended_at', '<', window.untilUnixMs)
    .select(['counted.point', 'counted.n', 'counted.false_cutoffs', 'counted.missed'])
    .select([
      nearestRank(dialect, gap, 50, measured).as('p50'),
      nearestRank(dialect, gap, 95, measured).as('p95'),
    ])
    .groupBy(['counted.point', 'counted.n', 'counted.false_cutoffs', 'counted.missed'])
    .orderBy('counted.point')
    .execute();
  return rows.map((row) => ({
    ...{ fromUnixMs: sinceUnixMs + row.point * widthMs, n: row.n, p50Ms: row.p50, p95Ms: row.p95 },
    ...{ falseCutoffs: row.false_cutoffs, missed: row.missed },
  }));
}

const within = ({ db }: Database, { guildId, sinceUnixMs, untilUnixMs }: TurnWindow) =>
  db
    .selectFrom('turns')
    .where('guild_id', '=', guildId)
    .where('ended_at', '>=', sinceUnixMs)
    .where('ended_at', '<', untilUnixMs);
