/** Groups and histories of turns as sentences: what stands beside their pictures. */
import { keepsTo } from './budget.ts';
import type { HistoryPoint, SummaryOf } from './records.ts';
import type { Summary } from './summary.ts';
import { ABSENT, counted, dollars, wholeMs } from './text.ts';

/** One line of a group, at most 200 characters beside its name. @param name as Discord shows it, such as a mention. */
export function groupLine(place: number, name: string, summary: Summary): string {
  const { responseGapMs: gap, withinBudget, falseCutoffs, missed, n, cost } = summary;
  const percentiles = gap
    ? `p50 ${wholeMs(gap.p50)}, p90 ${wholeMs(gap.p90)}, p95 ${wholeMs(gap.p95)}, p99 ${wholeMs(gap.p99)} ms`
    : `response gap ${ABSENT}`;
  const parts = [counted(n), percentiles];
  if (withinBudget !== null) parts.push(`${Math.round(withinBudget * 100)} % in budget`);
  parts.push(`${falseCutoffs} cut off`, `${missed} missed`);
  if (cost) parts.push(`${dollars(cost.meanUsd)} a turn`);
  return `${place}. ${name}: ${parts.join(', ')}`;
}

/** The key of "stt + llm + tts" is a vendor's name thrice at most; anything odd in it is left out. */
export const vendorName = ({ key }: SummaryOf): string => key.replaceAll(/[^\w .+:/-]/g, '').slice(0, 60);

/** @param over such as "the last 7 days". */
export function historySentence(points: readonly HistoryPoint[], over: string, budgetMs: number): string {
  const turns = points.reduce((sum, { n }) => sum + n, 0);
  const known = points.filter(({ p95Ms }) => p95Ms !== null);
  const cut = counted(sum(points, 'falseCutoffs'), 'false cut-off');
  const quality = `${cut}, ${sum(points, 'missed')} missed.`;
  if (known.length === 0) return `${capital(over)}: ${counted(turns)}, none with an answer. ${quality}`;
  const slowest = known.reduce((a, b) => (b.p95Ms! > a.p95Ms! ? b : a));
  const late = known.filter(({ p50Ms }) => !keepsTo(budgetMs, p50Ms!)).length;
  return [
    `${capital(over)}: ${counted(turns)}, ${quality}`,
    `The median gap lay ${between(known.map(({ p50Ms }) => p50Ms!))}, p95 ${between(known.map(({ p95Ms }) => p95Ms!))};`,
    `slowest from <t:${Math.floor(slowest.fromUnixMs / 1000)}:f> on (p95 ${wholeMs(slowest.p95Ms)} ms of ${counted(slowest.n)}).`,
    late === 0
      ? `The median kept to the budget of ${budgetMs} ms all the time.`
      : `The median was over the budget of ${budgetMs} ms in ${late} of ${known.length} points.`,
  ].join(' ');
}

const sum = (points: readonly HistoryPoint[], name: 'falseCutoffs' | 'missed'): number =>
  points.reduce((total, point) => total + point[name], 0);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function between(values: readonly number[]): string {
  const [least, most] = [wholeMs(Math.min(...values)), wholeMs(Math.max(...values))];
  return least === most ? `at ${least} ms` : `between ${least} and ${most} ms`;
}
