/** One turn as a text waterfall for Discord: a row a stage, what the room waited for in solid bars. */
import { RESPONSE_BUDGET_MS } from './budget.ts';
import { criticalPath, type Stage } from './critical-path.ts';
import { figuresOf } from './figures.ts';
import { ABSENT, codeBlock, shorten } from './text.ts';
import type { Mark, Marks, TurnRecord } from './timeline.ts';

/** Columns of the label, of the bar and of the figure: 43 in all, so that a row fits a phone. */
const LABEL = 15;
const BAR = 20;
const FIGURE = 7;

/** The rows in order; some only where the time is not nothing. */
const rows: readonly (readonly [stage: Stage, label: string, always: boolean])[] = [
  ['receiveRepair', 'receive repair', false],
  ['gate', 'end of turn', true],
  ['speechToText', 'speech to text', true],
  ['dispatch', 'dispatch', false],
  ['connect', 'connecting', false],
  ['languageModel', 'language model', true],
  ['firstClause', 'first clause', true],
  ['handover', 'hand-over', false],
  ['textToSpeech', 'text to speech', true],
  ['playout', 'playout', true],
  ['quietStart', 'quiet start', false],
  ['unattributed', 'unattributed', false],
];

/** A stretch of time, in whole ms after the last voiced frame. */
interface Stretch {
  startMs: number;
  endMs: number;
}

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
  const waits = waitsByStage(record);
  const totalMs = figuresOf(record).responseGapMs;
  const drawn = rows.map(([stage, label, always]) => {
    const waited = waits.get(stage) ?? [];
    return { label, always, waited, work: workOf(stage, record.marks) };
  });
  const ends = drawn
    .flatMap(({ waited, work }) => [...waited, ...(work ? [work] : [])])
    .map(({ endMs }) => endMs);
  const axis = { endMs: Math.max(budgetMs, totalMs ?? Math.max(0, ...ends)), budgetMs };
  return codeBlock(
    [
      shorten(headline(record), LABEL + BAR + 1 + FIGURE),
      axisLine(axis),
      ...drawn
        .filter(({ always, waited, work }) => always || totalOf(work ? [...waited, work] : waited) > 0)
        .map(({ label, waited, work }) => rowLine(label, waited, work, axis)),
      totalLine(totalMs, axis),
      '█ waited for   ░ meanwhile, not added',
    ].join('\n'),
  );
}

function headline(record: TurnRecord): string {
  const parts: string[] = [record.outcome];
  if (record.reason !== null) parts.push(record.reason);
  if (record.audible === 'notice') parts.push('said so');
  if (record.falseCutoff) parts.push('cut the speaker off');
  if (record.speculation !== 'off') parts.push(`speculation ${record.speculation}`);
  return parts.join(', ');
}

/** The spans of the critical path by stage. Both ends are rounded, so that the rounded spans still add up. */
function waitsByStage(record: TurnRecord): Map<Stage, Stretch[]> {
  const waits = new Map<Stage, Stretch[]>();
  if (record.audible !== 'answer') return waits;
  for (const { stage, startMs, endMs } of criticalPath(record.marks)) {
    const stretch = relative(record.marks, startMs, endMs);
    if (stretch) waits.set(stage, [...(waits.get(stage) ?? []), stretch]);
  }
  return waits;
}

/** When the work of a stage went on, waited for or not; null when it cannot be known. */
function workOf(stage: Stage, marks: Marks): Stretch | null {
  const span = (from: Mark, to: Mark) => relative(marks, marks[from], marks[to]);
  switch (stage) {
    case 'receiveRepair':
      return span('lastVoiced', 'repaired');
    case 'gate':
      return span(marks.repaired === undefined ? 'lastVoiced' : 'repaired', 'endOfTurn');
    case 'speechToText':
      return span('endOfTurn', 'sttFinal');
    case 'connect':
      return span('llmSent', 'llmConnected') ?? span('ttsSent', 'ttsConnected');
    case 'languageModel':
      return span(marks.llmConnected === undefined ? 'llmSent' : 'llmConnected', 'llmFirstToken');
    case 'firstClause':
      return span('llmFirstToken', 'firstClause');
    case 'textToSpeech':
      return span(marks.ttsConnected === undefined ? 'ttsSent' : 'ttsConnected', 'ttsFirstByte');
    default:
      return null;
  }
}

function relative(marks: Marks, startMs: number | undefined, endMs: number | undefined): Stretch | null {
  if (marks.lastVoiced === undefined || startMs === undefined || endMs === undefined) return null;
  if (startMs > endMs) return null;
  return { startMs: Math.round(startMs - marks.lastVoiced), endMs: Math.round(endMs - marks.lastVoiced) };
}

function rowLine(label: string, waited: readonly Stretch[], work: Stretch | null, axis: Axis): string {
  const cells = emptyCells(axis);
  if (work) fill(cells, work, '░', axis);
  for (const stretch of waited) fill(cells, stretch, '█', axis);
  return line(label, cells, figure(waited, work));
}

const totalOf = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);

function figure(waited: readonly Stretch[], work: Stretch | null): string {
  if (waited.length > 0) return String(totalOf(waited));
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
