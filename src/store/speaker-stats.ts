/** Summaries of the turns of each speaker, as SQL: who spoke is not in the tallies, so that it can be forgotten. */
import { type Expression, type SqlBool, sql } from 'kysely';
import type { Distribution } from '../latency/percentile.ts';
import type { SummaryOf, TurnWindow } from '../latency/records.ts';
import type { Database } from './database.ts';
import { nearestRank } from './percentiles.ts';
import { FIGURE_COLUMNS, FIGURE_NAMES, type FigureName, NOBODY } from './turn-rows.ts';

const PERCENTS = [50, 90, 95, 99] as const;

/** A count under its name, a figure's count under `n_NAME`, its percentiles under `p50_NAME` and so on. */
type Row = Record<string, number | null>;

/** Those with most turns first; turns of somebody who opted out belong to no speaker. */
export async function statsBySpeaker(
  { db, dialect }: Database,
  window: TurnWindow,
  budgetMs: number,
  limit: number,
): Promise<SummaryOf[]> {
  const turns = db
    .selectFrom('turns')
    .where('guild_id', '=', window.guildId)
    .where('ended_at', '>=', window.sinceUnixMs)
    .where('ended_at', '<', window.untilUnixMs);
  const speakers = await turns
    .select(({ fn }) => ['speaker_id as key', fn.countAll<number>().as('n')])
    .where('speaker_id', '<>', NOBODY)
    .groupBy('speaker_id')
    .orderBy('n', 'desc')
    .orderBy('key')
    .limit(limit)
    .execute();
  const found: SummaryOf[] = [];
  for (const { key } of speakers) {
    const theirs = turns.where('speaker_id', '=', key);
    const row = (await theirs.select(counts(budgetMs)).executeTakeFirstOrThrow()) as Row;
    const percentiles = FIGURE_NAMES.flatMap((name) =>
      PERCENTS.map((percent) =>
        nearestRank(dialect, FIGURE_COLUMNS[name], percent, row[`n_${name}`] ?? 0).as(`p${percent}_${name}`),
      ),
    );
    const ranked = (await theirs.select(percentiles).executeTakeFirstOrThrow()) as Row;
    const reasons = await theirs
      .select(({ fn }) => ['reason', fn.countAll<number>().as('n')])
      .where('reason', 'is not', null)
      .groupBy('reason')
      .execute();
    const counted = Object.fromEntries(reasons.map(({ reason, n }) => [reason, n]));
    found.push({ key, summary: summaryOf({ ...row, ...ranked }, counted) });
  }
  return found;
}

const countIf = (condition: Expression<SqlBool>) => sql<number>`count(case when ${condition} then 1 end)`;

function counts(budgetMs: number) {
  const is = (column: string, value: string) => countIf(sql`${sql.ref(column)} = ${sql.lit(value)}`);
  return [
    sql<number>`count(*)`.as('n'),
    is('outcome', 'answered').as('answered'),
    is('outcome', 'unanswered').as('unanswered'),
    is('outcome', 'missed').as('missed'),
    is('speculation', 'hit').as('hits'),
    is('speculation', 'miss').as('misses'),
    sql<number>`sum(false_cutoff)`.as('falseCutoffs'),
    sql<number>`sum(false_barge_ins)`.as('falseBargeIns'),
    sql<number>`sum(repeated)`.as('repeats'),
    sql<number>`sum(wasted_tokens)`.as('wastedTokens'),
    sql<number>`sum(wasted_characters)`.as('wastedCharacters'),
    sql<number>`sum(billed)`.as('billed'),
    sql<number>`count(usd)`.as('priced'),
    sql<number | null>`sum(usd)`.as('usd'),
    // The column holds whole ms, as `keepsTo` wants them.
    countIf(sql`response_gap_ms <= ${sql.lit(budgetMs)}`).as('withinBudget'),
    ...FIGURE_NAMES.map((name) => sql<number>`count(${sql.ref(FIGURE_COLUMNS[name])})`.as(`n_${name}`)),
  ];
}

function summaryOf(row: Row, reasons: Record<string, number>): SummaryOf['summary'] {
  const count = (name: string): number => row[name] ?? 0;
  const distribution = (name: FigureName): Distribution | null => {
    const n = count(`n_${name}`);
    if (n === 0) return null;
    const [p50, p90, p95, p99] = PERCENTS.map((percent) => count(`p${percent}_${name}`));
    return { n, p50: p50!, p90: p90!, p95: p95!, p99: p99! };
  };
  const billed = count('billed');
  const gaps = count('n_responseGapMs');
  return {
    ...{
      n: count('n'),
      answered: count('answered'),
      unanswered: count('unanswered'),
      missed: count('missed'),
    },
    reasons,
    falseCutoffs: count('falseCutoffs'),
    falseBargeIns: count('falseBargeIns'),
    repeats: count('repeats'),
    speculation: {
      ...{ hits: count('hits'), misses: count('misses') },
      ...{ wastedTokens: count('wastedTokens'), wastedCharacters: count('wastedCharacters') },
    },
    cost:
      billed === 0 ? null : { meanUsd: count('priced') < billed ? null : count('usd') / billed, n: billed },
    responseGapMs: distribution('responseGapMs'),
    withinBudget: gaps === 0 ? null : count('withinBudget') / gaps,
    pipelineMs: distribution('pipelineMs'),
    promptMs: distribution('promptMs'),
    stages: {
      receiveRepairMs: distribution('receiveRepairMs'),
      gateMs: distribution('gateMs'),
      speechToTextMs: distribution('speechToTextMs'),
      languageModelMs: distribution('languageModelMs'),
      firstClauseMs: distribution('firstClauseMs'),
      textToSpeechMs: distribution('textToSpeechMs'),
    },
  };
}
