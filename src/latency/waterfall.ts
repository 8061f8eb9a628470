/** One turn as a text waterfall for Discord: a row a stage, what the room waited for in solid bars. */
import { RESPONSE_BUDGET_MS } from './budget.ts';
import { figuresOf } from './figures.ts';
import { type StageRow, type Stretch, stageRows } from './stages.ts';
import { ABSENT, codeBlock, shorten } from './text.ts';
import type { TurnRecord } from './timeline.ts';

/** Columns of the label, of the bar and of the figure: 43 in all, so that a row fits a phone. */
const LABEL = 16;
const BAR = 20;
const FIGURE = 6;

interface Axis {
  /** What the last column of the bar ends with. */
  endMs: number;
  budgetMs: number;
}

export interface WaterfallOptions {
  /** Marked on the axis. */
  budgetMs?: number;
}

/**
 * A code block of at most 1,900 characters and 43 columns. Solid bars are the critical path, whose figures add up to
 * the total; light ones (figures in brackets) are work that went on meanwhile. An absent figure is a dash.
 */
export function renderWaterfall(record: TurnRecord, options: WaterfallOptions = {}): string {
  const budgetMs = options.budgetMs ?? RESPONSE_BUDGET_MS;
  const totalMs = figuresOf(record).responseGapMs;
  const rows = stageRows(record);
  const ends = rows
    .flatMap(({ waited, work }) => [...waited, ...(work ? [work] : [])])
    .map(({ endMs }) => endMs);
  const axis = { endMs: Math.max(budgetMs, totalMs ?? Math.max(0, ...ends)), budgetMs };
  return codeBlock(
    [
      shorten(headline(record), LABEL + BAR + 1 + FIGURE),
      axisLine(axis),
      ...rows.map((row) => rowLine(row, axis)),
      totalLine(totalMs, axis),
      '█ waited for   ░ meanwhile, not added',
    ].join('\n'),
  );
}

/** How the turn ended, in a few words. */
export function headline(record: TurnRecord): string {
  const parts: string[] = [record.outcome];
  if (record.reason !== null) parts.push(record.reason);
  if (record.audible === 'notice') parts.push('said so');
  if (record.falseCutoff) parts.push('cut the speaker off');
  if (record.speculation !== 'off')
    parts.push(record.speculation === 'hit' ? 'prepared ahead' : 'prepared in vain');
  return parts.join(', ');
}

function rowLine(row: StageRow, axis: Axis): string {
  const cells = emptyCells(axis);
  if (row.work) fill(cells, row.work, '░', axis);
  for (const stretch of row.waited) fill(cells, stretch, '█', axis);
  return line(row.label, cells, figure(row));
}

function figure({ waitedMs, work }: StageRow): string {
  if (waitedMs !== null) return String(waitedMs);
  return work ? `(${work.endMs - work.startMs})` : ABSENT;
}

function axisLine(axis: Axis): string {
  const cells = emptyCells(axis);
  const label = String(axis.budgetMs);
  const mark = column(axis.budgetMs, axis);
  // Left of the mark if it fits between it and the zero, else right of it.
  const at = mark - label.length > 1 ? mark - label.length : mark + 1;
  cells[0] = '0';
  cells.splice(at, label.length, ...label);
  return line('', cells.slice(0, BAR + 1), 'ms');
}

function totalLine(totalMs: number | undefined, axis: Axis): string {
  const total = totalMs === undefined ? ABSENT : String(Math.round(totalMs));
  return line('total', emptyCells(axis), total);
}

const line = (label: string, cells: readonly string[], text: string): string =>
  label.padEnd(LABEL) + cells.join('') + text.padStart(FIGURE);

/** One cell a column, with the budget's mark, which has a column of its own at the right edge. */
function emptyCells(axis: Axis): string[] {
  const cells: string[] = Array(BAR + 1).fill(' ');
  cells[column(axis.budgetMs, axis)] = '│';
  return cells;
}

/** At least one cell, so that short work is seen; what lies outside the axis is clipped to its edge. */
function fill(cells: string[], { startMs, endMs }: Stretch, block: string, axis: Axis): void {
  const from = Math.min(BAR - 1, column(startMs, axis));
  const to = Math.max(from + 1, column(endMs, axis));
  cells.fill(block, from, to);
}

const column = (ms: number, axis: Axis): number =>
  Math.min(BAR, Math.max(0, Math.round((ms / axis.endMs) * BAR)));
