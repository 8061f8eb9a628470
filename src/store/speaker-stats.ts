/** Summaries of the turns of each speaker, as SQL: who spoke is not in the tallies, so that it can be forgotten. */
import { type Expression, type SqlBool, sql } from 'kysely';
import type { Distribution } from '../latency/percentile.ts';
import type { SummaryOf, TurnWindow } from '../latency/records.ts';
import type { Database } from './database.ts';
import { nearestRank } from './percentiles.ts';
import { FIGURE_COLUMNS, FIGURE_NAMES, type FigureName, NOBODY } from './turn-rows.ts';

const PERCENTS = [50, 90, 95, 99] as const;

/** A count under its name, a figure's count under `n_NAME`, its percentiles under `p50_NAME` and so on. */
type Row = { key: string } & Record<string, number | null>;

/** Those with most turns first; turns of somebody who opted out belong to no speaker. */
export async function statsBySpeaker(
  { db, dialect }: Database,
  window: TurnWindow,
  budgetMs: number,
  limit: number,
): Promise<SummaryOf[]> {
  const turns = db
    .selectFrom('turns')
    .where('turns.guild_id', '=', window.guildId)
    .where('turns.ended_at', '>=', window.sinceUnixMs)
    .where('turns.ended_at', '<', window.untilUnixMs)
    .where('turns.speaker_id', '<>', NOBODY);
  const counted = turns
    .select(({ ref }) => [ref('turns.speaker_id').as('key'), ...counts(budgetMs)])
    .groupBy('turns.speaker_id')
    .orderBy('n', 'desc')
    .orderBy('key')
    .limit(limit);
  const percentiles = FIGURE_NAMES.flatMap((name) =>
    PERCENTS.map((percent) =>
      nearestRank(dialect, figure(name), percent, sql`counted.${sql.ref(`n_${name}`)}`).as(
        `p${percent}_${name}`,
      ),
    ),
  );
  const ofKey = sql<SqlBool>`counted.key = ${sql.ref('turns.speaker_id')}`;
  const [rows, measured, reasons] = await Promise.all([
    counted.execute() as Promise<unknown[]>,
    db
      .with('counted', () => counted)
      .selectFrom(turns.selectAll().as('turns'))
      .innerJoin('counted', (join) => join.on(ofKey))
      .select(['counted.key', ...percentiles])
      // Each key has one row of counts.
      .groupBy(['counted.key', ...FIGURE_NAMES.map((name) => sql`counted.${sql.ref(`n_${name}`)}`)])
      .execute() as Promise<unknown[]>,
    turns
      .select(({ ref, fn }) => [
        ref('turns.speaker_id').as('key'),
        'turns.reason',
        fn.countAll<number>().as('n'),
      ])
      .where('turns.reason', 'is not', null)
      .groupBy(['turns.speaker_id', 'turns.reason'])
      .execute(),
  ]);
  const percentilesOf = new Map((measured as Row[]).map((row) => [row.key, row]));
  return (rows as Row[]).map((row) => ({
    key: row.key,
    summary: summaryOf(
      { ...row, ...percentilesOf.get(row.key) },
      Object.fromEntries(reasons.filter((one) => one.key === row.key).map(({ reason, n }) => [reason, n])),
    ),
  }));
}

const figure = (name: FigureName) => sql.ref<number | null>(`turns.${FIGURE_COLUMNS[name]}`);

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
    countIf(sql`response_gap_ms < ${sql.lit(budgetMs)}`).as('underBudget'),
    ...FIGURE_NAMES.map((name) => sql<number>`count(${figure(name)})`.as(`n_${name}`)),
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
    underBudget: gaps === 0 ? null : count('underBudget') / gaps,
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
