/** Many turns as a text table for Discord: percentiles beside the published budget, and how the turns ended. */
import { RESPONSE_BUDGET_MS, STAGE_BUDGETS_MS } from './budget.ts';
import { type Distribution, distribution } from './percentile.ts';
import type { Summary } from './summary.ts';
import { ABSENT, codeBlock, counted, dollars, shortCount, shorten, wholeMs } from './text.ts';

export interface StatsOptions {
  /** What the response gap is held to. */
  budgetMs?: number;
  /** The round trip to Discord's voice server now; null when unknown. */
  pingMs?: number | null;
  /** The server's bill; absent where nobody counts. `usd` is null with a price that is not known. */
  today?: { usd: number | null; capUsd: number | null };
}

const LABEL = 14;
const CELL = 5;
const BUDGET = 8;
/** The widest line; the table is narrower, so that it fits a phone. */
const WIDTH = 48;
/** Reasons listed; a server seldom sees more kinds, and Discord's message is finite. */
const REASONS = 6;

/**
 * A code block of at most 1,900 characters and 48 columns. How the turns ended and the false cut-offs are always
 * there, since percentiles of the answered alone would flatter. An absent figure is a dash; the repair of a bad network
 * has a row only where there was one.
 */
export function renderStats(summary: Summary, options: StatsOptions = {}): string {
  const { stages } = summary;
  const pingMs = options.pingMs ?? null;
  const ping = pingMs === null ? null : distribution([pingMs]);
  return codeBlock(
    [
      `${counted(summary.n)}: ${summary.answered} answered`,
      `${summary.unanswered} unanswered, ${summary.missed} missed`,
      withinLine(summary, options.budgetMs ?? RESPONSE_BUDGET_MS),
      `false cut-offs: ${summary.falseCutoffs}${rate(summary.falseCutoffs, summary.n)}`,
      `false barge-ins: ${summary.falseBargeIns}, repeats: ${summary.repeats}`,
      speculationLine(summary.speculation),
      ...reasonLines(summary.reasons),
      ...costLines(summary.cost, options.today),
      '',
      columns('ms', ['p50', 'p90', 'p95', 'p99', 'n'], 'budget'),
      row('response gap', summary.responseGapMs, `≤${options.budgetMs ?? RESPONSE_BUDGET_MS}`),
      row('pipeline', summary.pipelineMs, ''),
      row('prompt', summary.promptMs, ''),
      ...repairRows(stages.receiveRepairMs),
      row('end of turn', stages.gateMs, ''),
      row('speech to text', stages.speechToTextMs, range(STAGE_BUDGETS_MS.speechToText)),
      row('language model', stages.languageModelMs, range(STAGE_BUDGETS_MS.languageModel)),
      row('first clause', stages.firstClauseMs, ''),
      row('text to speech', stages.textToSpeechMs, range(STAGE_BUDGETS_MS.textToSpeech)),
      row('network ping', ping, range(STAGE_BUDGETS_MS.network)),
    ].join('\n'),
  );
}

function withinLine({ withinBudget, responseGapMs }: Summary, budgetMs: number): string {
  const share = withinBudget === null ? ABSENT : `${(withinBudget * 100).toFixed(0)} %`;
  return `within ${budgetMs} ms: ${share} of ${counted(responseGapMs?.n ?? 0, 'answer')}`;
}

/** Nothing to show where packets come in order. */
const repairRows = (values: Distribution | null): string[] =>
  values && values.p99 > 0 ? [row('receive repair', values, '')] : [];

const rate = (count: number, of: number): string =>
  of === 0 ? ` (${ABSENT})` : ` (${((count / of) * 100).toFixed(1)} % of turns)`;

function speculationLine({ hits, misses, wastedTokens }: Summary['speculation']): string {
  const drafted = hits + misses;
  if (drafted === 0) return `drafts used: ${ABSENT}`;
  const share = ((hits / drafted) * 100).toFixed(0);
  return `drafts used: ${hits} of ${drafted} (${share} %), ${wastedTokens} tokens lost`;
}

/** The most frequent reasons first. */
function reasonLines(reasons: Readonly<Record<string, number>>): string[] {
  const sorted = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  const lines = sorted.slice(0, REASONS).map(([reason, count]) => shorten(`  ${count} × ${reason}`, WIDTH));
  return sorted.length > REASONS ? [...lines, `  and ${sorted.length - REASONS} more kinds`] : lines;
}

function costLines(cost: Summary['cost'], today: StatsOptions['today']): string[] {
  const lines: string[] = [];
  if (cost) lines.push(`cost a turn: ${dollars(cost.meanUsd)} (mean of ${cost.n})`);
  if (today) {
    const cap = today.capUsd === null ? '' : ` of at most ${dollars(today.capUsd)}`;
    lines.push(`cost today: ${dollars(today.usd)}${cap}`);
  }
  return lines;
}

const range = ([least, most]: readonly [number, number]): string => `${least}–${most}`;

function row(label: string, values: Distribution | null, budget: string): string {
  const cells = [values?.p50, values?.p90, values?.p95, values?.p99].map(narrowMs);
  return columns(label, [...cells, shortCount(values?.n ?? 0)], budget);
}

/** At most four characters: from ten seconds on, whole seconds. */
const narrowMs = (ms: number | undefined): string =>
  ms !== undefined && ms >= 9_999.5 ? `${Math.round(ms / 1000)}s` : wholeMs(ms);

const columns = (label: string, cells: readonly string[], budget: string): string =>
  `${label.padEnd(LABEL)}${cells.map((cell) => cell.padStart(CELL)).join('')}${budget.padStart(BUDGET)}`.trimEnd();
