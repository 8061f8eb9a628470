/** What the pictures say, in words: for people who do not see them. Discord takes at most 1,024 characters. */
import { keepsTo } from '../latency/budget.ts';
import { figuresOf } from '../latency/figures.ts';
import type { Distribution } from '../latency/percentile.ts';
import type { HistoryPoint } from '../latency/records.ts';
import { stageRows } from '../latency/stages.ts';
import type { Summary } from '../latency/summary.ts';
import { counted, shorten } from '../latency/text.ts';
import type { TurnRecord } from '../latency/timeline.ts';
import { headline } from '../latency/waterfall.ts';
import type { NamedSummary, Subject } from './picture.ts';
import { shortMs } from './scale.ts';

const MAX_CHARS = 1_024;

/** @returns at most 1,024 characters. */
export function altText(subject: Subject): string {
  switch (subject.ask) {
    case 'waterfall':
      return shorten(ofTurn(subject.record, subject.budgetMs), MAX_CHARS);
    case 'percentiles':
      return shorten(ofSummary(subject.summary, subject.budgetMs, subject.over), MAX_CHARS);
    case 'comparison':
      return shorten(ofGroups(subject.groups, subject.over), MAX_CHARS);
    case 'history':
      return shorten(ofHistory(subject.points, subject.budgetMs, subject.over), MAX_CHARS);
  }
}

function ofTurn(record: TurnRecord, budgetMs: number): string {
  const gapMs = figuresOf(record).responseGapMs;
  const rows = stageRows(record);
  const waited = rows.flatMap(({ label, waitedMs }) => (waitedMs ? [`${label} ${waitedMs} ms`] : []));
  const meanwhile = rows.flatMap(({ label, waitedMs, work }) =>
    waitedMs === null && work && work.endMs > work.startMs
      ? [`${label} ${work.endMs - work.startMs} ms`]
      : [],
  );
  const besides = gapMs === undefined ? 'Work that is known' : 'Meanwhile, costing no time';
  return [
    `Waterfall of one turn: ${headline(record)}.`,
    gapMs === undefined
      ? 'No answer ended a response gap.'
      : `Response gap ${shortMs(gapMs)}, ${keepsTo(budgetMs, gapMs) ? 'within' : 'over'} the budget of ${shortMs(budgetMs)}.`,
    waited.length > 0 ? `Waited for, one after the other: ${waited.join(', ')}.` : '',
    meanwhile.length > 0 ? `${besides}: ${meanwhile.join(', ')}.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function ofSummary(summary: Summary, budgetMs: number, over: string): string {
  const { stages } = summary;
  const share =
    summary.withinBudget === null ? '' : ` ${Math.round(summary.withinBudget * 100)} % kept to it.`;
  return [
    `Percentiles of ${over}: ${counted(summary.n)}, ${summary.falseCutoffs} cut off too early, ${summary.missed} missed.`,
    `Response gap ${figures(summary.responseGapMs)}, budget ${shortMs(budgetMs)}.${share}`,
    `End of turn ${figures(stages.gateMs)}.`,
    `Speech to text ${figures(stages.speechToTextMs)}.`,
    `Language model ${figures(stages.languageModelMs)}.`,
    `First clause ${figures(stages.firstClauseMs)}.`,
    `Text to speech ${figures(stages.textToSpeechMs)}.`,
  ].join(' ');
}

function ofGroups(groups: readonly NamedSummary[], over: string): string {
  const each = groups.map(({ name, summary }) => `${name}: ${figures(summary.responseGapMs)}.`);
  return [`Response gaps of ${over} side by side.`, ...each].join(' ');
}

function ofHistory(points: readonly HistoryPoint[], budgetMs: number, over: string): string {
  const turns = points.reduce((sum, { n }) => sum + n, 0);
  const known = points.filter(({ p50Ms }) => p50Ms !== null);
  const span = (values: readonly number[]) => {
    const [least, most] = [shortMs(Math.min(...values)), shortMs(Math.max(...values))];
    return least === most ? `at ${least}` : `between ${least} and ${most}`;
  };
  const first = known[0];
  const last = known.at(-1);
  if (!first || !last) return `Response gap over ${over}: ${counted(turns)}, none with an answer.`;
  return [
    `Response gap over ${over}: ${counted(turns)}, budget ${shortMs(budgetMs)}.`,
    `The median lies ${span(known.map(({ p50Ms }) => p50Ms!))}, p95 ${span(known.map(({ p95Ms }) => p95Ms!))}.`,
    `First ${at(first)}; last ${at(last)}.`,
  ].join(' ');
}

const at = ({ p50Ms, p95Ms, n }: HistoryPoint): string =>
  `p50 ${shortMs(p50Ms!)}, p95 ${shortMs(p95Ms!)} of ${counted(n)}`;

const figures = (values: Distribution | null): string =>
  values
    ? `p50 ${shortMs(values.p50)}, p90 ${shortMs(values.p90)}, p95 ${shortMs(values.p95)}, p99 ${shortMs(values.p99)}, n ${values.n}`
    : 'not known';
