/** How often each value came up, day by day: what turns a month of turns into a summary without reading them. */
import { keepsTo } from '../latency/budget.ts';
import { type Distribution, distributionOfCounts } from '../latency/percentile.ts';
import type { Summary } from '../latency/summary.ts';
import type { TallyTable } from './tables.ts';
import { FIGURE_COLUMNS, FIGURE_NAMES, type FigureName, type TurnRow } from './turn-rows.ts';

export const DAY_MS = 86_400_000;
export const dayOf = (unixMs: number): number => Math.floor(unixMs / DAY_MS);

/** What a turn is counted by. Its place in a day and a server is added where it is stored. */
export type Tally = Pick<TallyTable, 'what' | 'ms' | 'amount'>;

const NANOS_PER_USD = 1e9;
const REASON = 'reason/';

type Counted = Omit<TurnRow, 'seq' | 'id' | 'guild_id' | 'ended_at' | 'speaker_id' | 'vendors'>;

type Take = (what: string, ms: number, amount: number) => void;

/** Tells what one turn adds; amounts of 0 are left out. */
function eachOf(row: Counted, take: Take): void {
  const count = (what: string, amount: number) => {
    if (amount !== 0) take(what, 0, amount);
  };
  count(row.outcome, 1);
  count('falseCutoffs', row.false_cutoff);
  count('falseBargeIns', row.false_barge_ins);
  count('repeats', row.repeated);
  if (row.speculation === 'hit') count('hits', 1);
  if (row.speculation === 'miss') count('misses', 1);
  count('wastedTokens', row.wasted_tokens);
  count('wastedCharacters', row.wasted_characters);
  count('billed', row.billed);
  if (row.billed === 1 && row.usd === null) count('unpriced', 1);
  // Whole, so that sums are exact.
  count('nanosUsd', Math.round((row.usd ?? 0) * NANOS_PER_USD));
  if (row.reason !== null && row.reason !== undefined) count(REASON + row.reason, 1);
  for (const what of FIGURE_NAMES) {
    const ms = row[FIGURE_COLUMNS[what]];
    if (ms !== null && ms !== undefined) take(what, ms, 1);
  }
}

/** What one turn adds. */
export function talliesOf(row: Counted): Tally[] {
  const tallies: Tally[] = [];
  eachOf(row, (what, ms, amount) => tallies.push({ what, ms, amount }));
  return tallies;
}

/** Tallies of any days and turns, added up. */
export class TallySum {
  readonly #amounts = new Map<string, Map<number, number>>();

  add({ what, ms, amount }: Tally): void {
    this.#take(what, ms, amount);
  }

  addTurn(row: Counted): void {
    eachOf(row, this.#take);
  }

  readonly #take: Take = (what, ms, amount) => {
    let values = this.#amounts.get(what);
    if (!values) {
      values = new Map();
      this.#amounts.set(what, values);
    }
    values.set(ms, (values.get(ms) ?? 0) + amount);
  };

  /** @param budgetMs what `withinBudget` counts against. */
  summary(budgetMs: number): Summary {
    const count = (what: string): number => this.#amounts.get(what)?.get(0) ?? 0;
    const [answered, unanswered, missed] = [count('answered'), count('unanswered'), count('missed')];
    const billed = count('billed');
    return {
      ...{ n: answered + unanswered + missed, answered, unanswered, missed },
      reasons: this.#reasons(),
      falseCutoffs: count('falseCutoffs'),
      falseBargeIns: count('falseBargeIns'),
      repeats: count('repeats'),
      speculation: {
        ...{ hits: count('hits'), misses: count('misses') },
        ...{ wastedTokens: count('wastedTokens'), wastedCharacters: count('wastedCharacters') },
      },
      cost:
        billed === 0
          ? null
          : { meanUsd: count('unpriced') > 0 ? null : count('nanosUsd') / NANOS_PER_USD / billed, n: billed },
      responseGapMs: this.#figure('responseGapMs'),
      withinBudget: this.#shareWithin('responseGapMs', budgetMs),
      pipelineMs: this.#figure('pipelineMs'),
      promptMs: this.#figure('promptMs'),
      stages: {
        receiveRepairMs: this.#figure('receiveRepairMs'),
        gateMs: this.#figure('gateMs'),
        speechToTextMs: this.#figure('speechToTextMs'),
        languageModelMs: this.#figure('languageModelMs'),
        firstClauseMs: this.#figure('firstClauseMs'),
        textToSpeechMs: this.#figure('textToSpeechMs'),
      },
    };
  }

  #reasons(): Record<string, number> {
    const reasons = [...this.#amounts].filter(([what]) => what.startsWith(REASON));
    return Object.fromEntries(
      reasons.map(([what, values]) => [what.slice(REASON.length), values.get(0) ?? 0]),
    );
  }

  #figure(name: FigureName): Distribution | null {
    const values = this.#amounts.get(name);
    return values ? distributionOfCounts([...values]) : null;
  }

  #shareWithin(name: FigureName, budgetMs: number): number | null {
    const values = [...(this.#amounts.get(name) ?? [])];
    const all = total(values);
    return all === 0 ? null : total(values.filter(([ms]) => keepsTo(budgetMs, ms))) / all;
  }
}

const total = (values: readonly (readonly [number, number])[]): number =>
  values.reduce((sum, [, times]) => sum + times, 0);
