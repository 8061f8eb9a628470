/** What can be asked of the turns that are kept, wherever they are: the store, or the memory of this process. */
import type { ExportFiles } from './export.ts';
import type { Summary } from './summary.ts';
import type { TurnRecord } from './timeline.ts';

/** The turns of one server that ended in [sinceUnixMs, untilUnixMs). */
export interface TurnWindow {
  guildId: string;
  sinceUnixMs: number;
  untilUnixMs: number;
}

/** A speaker's id, or the vendors of a turn as "stt + llm + tts". */
export type Grouping = 'speaker' | 'vendor';

export interface SummaryOf {
  /** By what the turns were put together. */
  key: string;
  summary: Summary;
}

/** Those with most turns first, then by key: for `sort`. */
export const byTurns = (a: SummaryOf, b: SummaryOf): number =>
  b.summary.n - a.summary.n || (a.key < b.key ? -1 : 1);

/** The turns of the window that ended in [fromUnixMs, fromUnixMs + the width that was asked for). */
export interface HistoryPoint {
  /** A whole number of widths since 1970, so that days begin at midnight (UTC): the first may lie before the window. */
  fromUnixMs: number;
  /** Turns, answered or not. */
  n: number;
  /** Of the response gap, in ms; null when no answer was audible. */
  p50Ms: number | null;
  p95Ms: number | null;
  falseCutoffs: number;
  missed: number;
}

/** All reject with a ParleyError when the turns cannot be read. A window without turns is no error. */
export interface TurnRecords {
  /** The newest turn of a server; null when none is kept. */
  last(guildId: string): Promise<TurnRecord | null>;
  stats(window: TurnWindow, budgetMs: number): Promise<Summary>;
  /** Those with most turns first; at most `limit`. */
  statsBy(window: TurnWindow, by: Grouping, budgetMs: number, limit: number): Promise<SummaryOf[]>;
  /** In order of time, without the points that have no turn. */
  history(window: TurnWindow, widthMs: number): Promise<HistoryPoint[]>;
  /** Oldest first; of more than `limit`, the newest. Long lists hold up whoever receives them. */
  list(window: TurnWindow, limit: number): Promise<TurnRecord[]>;
  /** The same as files, which are made where the turns are read. */
  export(window: TurnWindow, limit: number): Promise<ExportFiles>;
}
