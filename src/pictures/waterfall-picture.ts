/** The picture of one turn: a row a stage on a common axis, the budget as a line, what was prepared drawn under the gate. */
import { keepsTo } from '../latency/budget.ts';
import type { Stage } from '../latency/critical-path.ts';
import { figuresOf } from '../latency/figures.ts';
import { type StageRow, type Stretch, stageRows } from '../latency/stages.ts';
import type { TurnRecord } from '../latency/timeline.ts';
import { headline } from '../latency/waterfall.ts';
import { textWidth } from './font.ts';
import { COLOUR, INK, MARGIN, SIZE, WIDTH } from './look.ts';
import { scale, shortMs, ticks } from './scale.ts';
import { beyond, card, line, rect, stripes, text } from './svg.ts';

const TOP = 60;
const ROW = 21;
const BAR = 13;
const LEFT = 116;
const RIGHT = WIDTH - 66;
const FOOT = 54;
/** Of what lies after the last voiced frame, so much may be shown before it. */
const MOST_LEAD = 0.6;

const colours: Record<Stage, keyof typeof COLOUR> = {
  receiveRepair: 'purple',
  gate: 'sky',
  sttConnect: 'purple',
  speechToText: 'blue',
  dispatch: 'grey',
  llmConnect: 'purple',
  languageModel: 'orange',
  firstClause: 'yellow',
  handover: 'grey',
  ttsConnect: 'purple',
  textToSpeech: 'green',
  leadingSilence: 'green',
  encodeAndPacing: 'vermilion',
  quietStart: 'green',
  unattributed: 'grey',
};

/** The SVG of the picture. A figure that cannot be known is a dash; an unanswered turn shows the work that is known. */
export function waterfallSvg(record: TurnRecord, budgetMs: number): string {
  const rows = stageRows(record);
  const totalMs = figuresOf(record).responseGapMs;
  const bottom = TOP + 14 + rows.length * ROW;
  const at = scaleOf(rows, Math.max(budgetMs * 1.08, totalMs ?? 0));
  const used = new Set(rows.map(({ stage }) => colours[stage]));
  return card(
    {
      title: titleOf(record, totalMs, budgetMs),
      under: headline(record),
      height: bottom + FOOT,
      defs: [...used].map((name) => stripes(name, COLOUR[name])).join('') + stripes('meanwhile', INK.text),
    },
    [
      ...axis(at, bottom),
      ...gateShade(rows, at, bottom),
      ...rows.map((row, index) => drawRow(row, TOP + 14 + index * ROW, at)),
      ...budgetLine(budgetMs, at.x(budgetMs), bottom),
      line(MARGIN, bottom + 1, WIDTH - MARGIN, bottom + 1, INK.grid, 'stroke-width="1"'),
      text(MARGIN, bottom + 18, 'total', { fill: INK.strong, bold: true }),
      text(WIDTH - MARGIN, bottom + 18, totalMs === undefined ? '–' : String(Math.round(totalMs)), {
        ...{ fill: INK.strong, bold: true, anchor: 'end' },
      }),
      legend(bottom + 42),
    ],
  );
}

interface Scale {
  fromMs: number;
  toMs: number;
  x(ms: number): number;
}

function scaleOf(rows: readonly StageRow[], leastMs: number): Scale {
  const all = rows.flatMap(({ waited, work }) => [...waited, ...(work ? [work] : [])]);
  const toMs = Math.max(leastMs, 1, ...all.map(({ endMs }) => endMs));
  // Work that began long before the last word must not squeeze the rest.
  const fromMs = -Math.min(toMs * MOST_LEAD, -Math.min(0, ...all.map(({ startMs }) => startMs)));
  return { fromMs, toMs, x: scale(fromMs, toMs, LEFT, RIGHT) };
}

function titleOf(record: TurnRecord, totalMs: number | undefined, budgetMs: number): string {
  if (totalMs === undefined)
    return record.outcome === 'answered' ? 'Answered, gap not known' : 'No answer was heard';
  return `${shortMs(totalMs)} until the answer${keepsTo(budgetMs, totalMs) ? '' : ', over budget'}`;
}

function axis({ fromMs, toMs, x }: Scale, bottom: number): string[] {
  const marks = ticks(toMs - fromMs, 5);
  const step = marks[1] ?? toMs;
  const before = ticks(-fromMs, Math.max(1, Math.floor(-fromMs / step))).filter(
    (ms) => ms > 0 && ms % step === 0,
  );
  return [...before.map((ms) => -ms), ...marks.filter((ms) => ms <= toMs)].flatMap((ms) => [
    line(x(ms), TOP + 8, x(ms), bottom, ms === 0 ? INK.faint : INK.grid, 'stroke-width="1"'),
    text(x(ms), TOP + 3, String(ms), { size: SIZE.small, fill: INK.faint, anchor: 'middle' }),
  ]);
}

/** The time in which the end of the turn was not sure yet, over all rows: what lies in it was prepared ahead. */
function gateShade(rows: readonly StageRow[], { x }: Scale, bottom: number): string[] {
  const gate = rows.findIndex(({ stage }) => stage === 'gate');
  const work = rows[gate]?.work;
  if (!work) return [];
  const y = TOP + 14 + (gate + 0.5) * ROW;
  const box = { x: x(work.startMs), y, width: x(work.endMs) - x(work.startMs), height: bottom - y };
  return [rect(box, COLOUR.sky, 'fill-opacity="0.1"')];
}

function budgetLine(budgetMs: number, x: number, bottom: number): string[] {
  const label = `budget ${shortMs(budgetMs)}`;
  const half = textWidth(label, SIZE.small) / 2;
  const middle = Math.min(WIDTH - MARGIN - 40 - half, Math.max(MARGIN + 45 + half, x));
  return [
    line(x, TOP + 8, x, bottom + 5, INK.strong, 'stroke-width="1.5" stroke-dasharray="4 3"'),
    text(middle, bottom + 17, label, { size: SIZE.small, fill: INK.strong, anchor: 'middle' }),
  ];
}

function drawRow(row: StageRow, y: number, at: Scale): string {
  const name = colours[row.stage];
  const top = y + (ROW - BAR) / 2;
  const box = ({ startMs, endMs }: Stretch) => ({
    ...{ x: at.x(startMs), y: top, height: BAR },
    width: Math.max(1.5, at.x(endMs) - at.x(startMs)),
  });
  const { work } = row;
  const parts: string[] = [];
  if (work && work.endMs >= at.fromMs)
    parts.push(rect(box(work), `url(#${name})`, `stroke="${COLOUR[name]}" stroke-width="0.8" rx="1.5"`));
  if (work && work.startMs < at.fromMs) parts.push(beyond(LEFT - 6.5, top + BAR / 2, -1, COLOUR[name]));
  for (const stretch of row.waited) parts.push(rect(box(stretch), COLOUR[name], 'rx="1.5"'));
  const solid = row.waitedMs !== null;
  const fill = solid ? INK.strong : INK.faint;
  const baseline = y + ROW / 2 + 4;
  return [
    text(MARGIN, baseline, row.label, { fill }),
    ...parts,
    text(WIDTH - MARGIN, baseline, figureOf(row), { anchor: 'end', bold: solid, fill }),
  ].join('');
}

function figureOf({ waitedMs, work }: StageRow): string {
  if (waitedMs !== null) return String(waitedMs);
  return work ? `(${work.endMs - work.startMs})` : '–';
}

function legend(y: number): string {
  const key = (x: number, fill: string, label: string, more = '') =>
    rect({ x, y: y - 8, width: 14, height: 9 }, fill, more) +
    text(x + 19, y, label, { size: SIZE.small, fill: INK.faint });
  return (
    key(MARGIN, INK.text, 'waited for: adds up (ms)') +
    key(190, 'url(#meanwhile)', '(meanwhile): costs no time', `stroke="${INK.text}" stroke-width="0.8"`)
  );
}
