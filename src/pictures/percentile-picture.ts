/** The picture of many turns: nested bars of p50, p90, p95 and p99 for the response gap and each stage, beside the budget. */
import { STAGE_BUDGETS_MS } from '../latency/budget.ts';
import type { Distribution } from '../latency/percentile.ts';
import type { Summary } from '../latency/summary.ts';
import { counted, shortCount } from '../latency/text.ts';
import { fitted, textWidth } from './font.ts';
import { COLOUR, INK, MARGIN, SIZE, WIDTH } from './look.ts';
import type { NamedSummary } from './picture.ts';
import { roundUp, scale, ticks } from './scale.ts';
import { beyond, card, line, rect, text } from './svg.ts';

const TOP = 66;
const ROW = 37;
const BAR = 12;
/** Least between a label and its figures. */
const BETWEEN = 10;
const LEFT = MARGIN;
const RIGHT = WIDTH - MARGIN - 8;

interface Row {
  label: string;
  values: Distribution | null;
  /** The most that it may take; null where nothing is asked. */
  budgetMs: number | null;
  colour: string;
}

/** From the widest bar to the narrowest: each is drawn over the one before. */
const BANDS = [
  ['p99', 0.25],
  ['p95', 0.45],
  ['p90', 0.7],
  ['p50', 1],
] as const;

/** @param over says which turns these are: "the last hour". */
export function percentileSvg(summary: Summary, budgetMs: number, over: string): string {
  const { stages } = summary;
  const row = (label: string, values: Distribution | null, most: number | null, colour: string): Row => ({
    ...{ label, values, budgetMs: most, colour },
  });
  const rows = [
    row('response gap', summary.responseGapMs, budgetMs, COLOUR.vermilion),
    row('end of turn', stages.gateMs, null, COLOUR.sky),
    row('speech to text', stages.speechToTextMs, STAGE_BUDGETS_MS.speechToText[1], COLOUR.blue),
    row('language model', stages.languageModelMs, STAGE_BUDGETS_MS.languageModel[1], COLOUR.orange),
    row('first clause', stages.firstClauseMs, null, COLOUR.yellow),
    row('text to speech', stages.textToSpeechMs, STAGE_BUDGETS_MS.textToSpeech[1], COLOUR.green),
  ];
  return draw(rows, 'How fast I answer', `${over.replace(/^the /, '')}: ${describe(summary)}`);
}

/** Response gaps of several groups, most turns first. */
export function comparisonSvg(groups: readonly NamedSummary[], budgetMs: number, over: string): string {
  const rows = groups.map(({ name, summary }) => ({
    ...{ label: name, values: summary.responseGapMs, budgetMs, colour: COLOUR.vermilion },
  }));
  const turns = groups.reduce((sum, { summary }) => sum + summary.n, 0);
  return draw(rows, 'Response gaps compared', `${over.replace(/^the /, '')}: ${counted(turns)}`);
}

function describe({ n, withinBudget, falseCutoffs, missed }: Summary): string {
  const share = withinBudget === null ? '' : `, ${Math.round(withinBudget * 100)} % in budget`;
  return `${counted(n)}${share}, ${falseCutoffs} cut off, ${missed} missed`;
}

function draw(rows: readonly Row[], title: string, under: string): string {
  const toMs = endOf(rows);
  const x = scale(0, toMs, LEFT, RIGHT);
  // Just below the last bar, whose scale it is.
  const bottom = TOP + Math.max(0, rows.length - 1) * ROW + BAR + 14;
  return card({ title, under, height: bottom + 46 }, [
    ...ticks(toMs, 5).flatMap((ms) => [
      ...rows.map((_, row) => {
        const top = TOP + row * ROW + 6;
        return line(x(ms), top, x(ms), top + BAR + 4, INK.grid, 'stroke-width="1"');
      }),
      axisLabel(ms, x(ms), bottom + 14),
    ]),
    ...rows.map((row, index) => drawRow(row, TOP + index * ROW, x, toMs)),
    rows.length === 0 ? text(MARGIN, TOP + 2, 'No turns.', { fill: INK.faint }) : '',
    legend(bottom + 34),
  ]);
}

/** Rare outliers must not squeeze the rest: what lies beyond is drawn to the edge, with an arrow. */
function endOf(rows: readonly Row[]): number {
  const wanted = rows.flatMap(({ values, budgetMs }) => [
    ...(values ? [Math.min(values.p99, values.p95 * 1.5)] : []),
    ...(budgetMs === null ? [] : [budgetMs]),
  ]);
  return roundUp(Math.max(100, ...wanted) * 1.02, 5);
}

/** Within the margins also at both ends of the axis. */
function axisLabel(ms: number, x: number, y: number): string {
  const half = textWidth(String(ms), SIZE.small) / 2;
  const middle = Math.min(WIDTH - MARGIN - half, Math.max(MARGIN + half, x));
  return text(middle, y, String(ms), { size: SIZE.small, fill: INK.faint, anchor: 'middle' });
}

function drawRow(
  { label, values, budgetMs, colour }: Row,
  y: number,
  x: (ms: number) => number,
  toMs: number,
): string {
  const top = y + 8;
  const figures = values
    ? `p50 ${Math.round(values.p50)} · p95 ${Math.round(values.p95)} · n ${shortCount(values.n)}`
    : '–';
  const room = WIDTH - MARGIN - LEFT - textWidth(figures, SIZE.small) - BETWEEN;
  const parts = [
    text(LEFT, y + 3, fitted(label, room, SIZE.text), { fill: INK.strong }),
    text(WIDTH - MARGIN, y + 3, figures, { size: SIZE.small, anchor: 'end', fill: INK.text }),
  ];
  if (values) {
    for (const [name, opacity] of BANDS) {
      const width = Math.max(1.5, x(values[name]) - LEFT);
      parts.push(rect({ x: LEFT, y: top, width, height: BAR }, colour, `fill-opacity="${opacity}" rx="1.5"`));
      if (name !== 'p50')
        parts.push(line(LEFT + width, top, LEFT + width, top + BAR, colour, 'stroke-width="1.2"'));
    }
    if (values.p99 > toMs) parts.push(beyond(RIGHT + 7, top + BAR / 2, 1, colour));
  }
  if (budgetMs !== null) {
    parts.push(line(x(budgetMs), top - 1, x(budgetMs), top + BAR + 4, INK.card, 'stroke-width="4.5"'));
    parts.push(line(x(budgetMs), top - 1, x(budgetMs), top + BAR + 4, INK.strong, 'stroke-width="2"'));
  }
  return parts.join('');
}

function legend(y: number): string {
  const style = { size: SIZE.small, fill: INK.faint } as const;
  const parts = BANDS.toReversed().map(([name, opacity], index) => {
    const left = MARGIN + index * 52;
    return (
      rect({ x: left, y: y - 8, width: 14, height: 9 }, INK.text, `fill-opacity="${opacity}"`) +
      text(left + 18, y, name, style)
    );
  });
  const left = MARGIN + BANDS.length * 52 + 6;
  parts.push(
    line(left, y - 10, left, y + 3, INK.strong, 'stroke-width="2"'),
    text(left + 7, y, 'budget (ms)', style),
  );
  return parts.join('');
}
