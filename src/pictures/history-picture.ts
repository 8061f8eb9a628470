/** The picture of response gaps over time: p50 and p95 as lines, the budget across, how many turns as bars below. */
import type { HistoryPoint } from '../latency/records.ts';
import { counted, shortCount } from '../latency/text.ts';
import { COLOUR, INK, MARGIN, SIZE, WIDTH } from './look.ts';
import type { HistorySpan } from './picture.ts';
import { roundUp, scale, shortMs, ticks } from './scale.ts';
import { card, circle, line, path, rect, text } from './svg.ts';

const TOP = 78;
const PLOT = 140;
const BARS = 34;
const LEFT = 47;
const RIGHT = WIDTH - MARGIN;
const BOTTOM = TOP + PLOT;
const FLOOR = BOTTOM + 14 + BARS;

const DAY_MS = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const LINES = [
  ['p95Ms', 'p95', COLOUR.orange, 'stroke-dasharray="5 3"'],
  ['p50Ms', 'p50', COLOUR.sky, ''],
] as const;

export function historySvg(
  points: readonly HistoryPoint[],
  span: HistorySpan,
  budgetMs: number,
  over: string,
): string {
  const gaps = points.flatMap(({ p50Ms, p95Ms }) => [p50Ms ?? 0, p95Ms ?? 0]);
  const toMs = roundUp(Math.max(budgetMs * 1.1, ...gaps), 5);
  const y = scale(0, toMs, BOTTOM, TOP);
  const x = scale(span.sinceUnixMs, span.untilUnixMs, LEFT + 4, RIGHT - 2);
  const turns = points.reduce((sum, { n }) => sum + n, 0);
  // The last one may have begun a moment ago.
  const at = ({ fromUnixMs }: HistoryPoint) =>
    (x(fromUnixMs) + x(Math.min(fromUnixMs + span.widthMs, span.untilUnixMs))) / 2;
  return card(
    {
      title: 'Response gap over time',
      under: `${over.replace(/^the /, '')}: ${counted(turns)}, time in UTC`,
      height: FLOOR + 32,
    },
    [
      ...ticks(toMs, 5).flatMap((ms) => [
        line(LEFT, y(ms), RIGHT, y(ms), ms === 0 ? INK.faint : INK.grid, 'stroke-width="1"'),
        text(LEFT - 5, y(ms) + 4, String(ms), { size: SIZE.small, fill: INK.faint, anchor: 'end' }),
      ]),
      line(LEFT, y(budgetMs), RIGHT, y(budgetMs), INK.strong, 'stroke-width="1.5" stroke-dasharray="2 3"'),
      ...LINES.flatMap(([name, , colour, dash]) =>
        runs(points, span.widthMs, name).flatMap((run) => [
          path(
            run.map((point) => [at(point), y(point[name]!)]),
            colour,
            `stroke-width="2" ${dash}`,
          ),
          ...run.map((point) =>
            circle(
              at(point),
              y(point[name]!),
              points.length > 40 ? 1.6 : 2.6,
              name === 'p50Ms' ? colour : INK.card,
              `stroke="${colour}" stroke-width="1.5"`,
            ),
          ),
        ]),
      ),
      ...counts(points, x, span),
      ...times(span, x),
      ...(points.length === 0
        ? [text(WIDTH / 2, TOP + PLOT / 2, 'No turns', { fill: INK.faint, anchor: 'middle' })]
        : []),
      legend(budgetMs),
    ],
  );
}

/** Neighbours with a figure: a line over a time without turns would claim what nobody measured. */
function runs(points: readonly HistoryPoint[], widthMs: number, name: 'p50Ms' | 'p95Ms'): HistoryPoint[][] {
  const found: HistoryPoint[][] = [];
  let before: HistoryPoint | null = null;
  for (const point of points) {
    if (point[name] === null) continue;
    const next = before !== null && point.fromUnixMs - before.fromUnixMs <= widthMs * 1.01;
    if (next) found.at(-1)!.push(point);
    else found.push([point]);
    before = point;
  }
  return found;
}

function counts(points: readonly HistoryPoint[], x: (unixMs: number) => number, span: HistorySpan): string[] {
  const most = Math.max(1, ...points.map(({ n }) => n));
  return [
    line(LEFT, FLOOR, RIGHT, FLOOR, INK.faint, 'stroke-width="1"'),
    text(LEFT - 5, FLOOR - BARS + 9, shortCount(most), { size: SIZE.small, fill: INK.faint, anchor: 'end' }),
    text(LEFT - 5, FLOOR, 'turns', { size: SIZE.small, fill: INK.faint, anchor: 'end' }),
    ...points.map(({ fromUnixMs, n }) => {
      const from = x(fromUnixMs + span.widthMs * 0.12);
      const to = x(Math.min(fromUnixMs + span.widthMs * 0.88, span.untilUnixMs));
      const height = Math.max(1, (n / most) * BARS);
      return rect({ x: from, y: FLOOR - height, width: Math.max(1.5, to - from), height }, COLOUR.grey);
    }),
  ];
}

/** Five times at most, on whole hours or days where the span allows. */
function times({ sinceUnixMs, untilUnixMs }: HistorySpan, x: (unixMs: number) => number): string[] {
  const lengthMs = untilUnixMs - sinceUnixMs;
  const steps = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10_080, 20_160, 43_200, 129_600];
  const stepMs = (steps.find((minutes) => lengthMs / (minutes * 60_000) <= 5) ?? 525_600) * 60_000;
  const first = Math.ceil(sinceUnixMs / stepMs) * stepMs;
  const labels: string[] = [];
  for (let unixMs = first; unixMs <= untilUnixMs; unixMs += stepMs) {
    const at = x(unixMs);
    const anchor = at > RIGHT - 18 ? 'end' : at < LEFT + 12 ? 'start' : 'middle';
    labels.push(
      line(at, FLOOR, at, FLOOR + 4, INK.faint, 'stroke-width="1"'),
      text(at, FLOOR + 17, timeOf(unixMs, stepMs), { size: SIZE.small, fill: INK.faint, anchor }),
    );
  }
  return labels;
}

function timeOf(unixMs: number, stepMs: number): string {
  const date = new Date(unixMs);
  if (stepMs >= DAY_MS) return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return date.toISOString().slice(11, 16);
}

function legend(budgetMs: number): string {
  const y = 63;
  const style = { size: SIZE.small, fill: INK.text } as const;
  const keys = LINES.toReversed().map(([name, label, colour, dash], index) => {
    const left = MARGIN + index * 62;
    return (
      line(left, y - 4, left + 24, y - 4, colour, `stroke-width="2" ${dash}`) +
      circle(
        left + 12,
        y - 4,
        2.6,
        name === 'p50Ms' ? colour : INK.card,
        `stroke="${colour}" stroke-width="1.5"`,
      ) +
      text(left + 29, y, label, style)
    );
  });
  const left = MARGIN + LINES.length * 62;
  keys.push(
    line(left, y - 4, left + 24, y - 4, INK.strong, 'stroke-width="1.5" stroke-dasharray="2 3"'),
    text(left + 29, y, `budget ${shortMs(budgetMs)}`, style),
  );
  return keys.join('');
}
