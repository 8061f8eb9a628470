/** What the store's worker can be asked, and what it answers. */
import type { ExportFiles } from '../latency/export.ts';
import type { Grouping, HistoryPoint, SummaryOf, TurnWindow } from '../latency/records.ts';
import type { Summary } from '../latency/summary.ts';
import type { TurnRecord } from '../latency/timeline.ts';
import type { Usage } from '../money/usage.ts';

/** How to open the store. */
export interface StorePlace {
  /** Holds the SQLite file, and what earlier versions kept. */
  dataDir: string;
  /** PostgreSQL; null for the file. Holds a password: never to be logged. */
  databaseUrl: string | null;
  /** Turns are removed so many days after their own. */
  turnRetentionDays: number;
  /** Milliseconds since 1970, at the start of the worker. */
  startedAtUnixMs: number;
}

export interface GuildSetting {
  guildId: string;
  name: string;
  value: string;
}

/** What a server has used of one service on a day. */
export interface ServiceUsage {
  day: string;
  guildId: string;
  service: string;
  used: Usage;
}

/** Somebody who opted out. */
export interface OptOut {
  userId: string;
  /** Which of their opt-outs it is: greater with each, whatever the clocks of the machines say. */
  atUnixMs: number;
}

/** A choice about being heard, on its way into the store. */
export interface ConsentChoice {
  userId: string;
  optedOut: boolean;
  atUnixMs: number;
  /** The `atUnixMs` of the opt-out that an opt-in is known to come after; null when none is known. */
  afterOptOut: number | null;
}

/** What the store says of somebody after a choice. */
export interface StoredConsent {
  optedOut: boolean;
  atUnixMs: number;
}

/** How somebody pauses when they talk. */
export interface StoredRhythm {
  userId: string;
  pauseMs: number;
  afterCompleteMs: number;
  /** When it was learned, in ms since 1970. */
  atUnixMs: number;
}

/** What this process must know of the others that share the database, and of earlier runs. */
export interface News {
  optedOut: OptOut[];
  settings: GuildSetting[];
  usage: ServiceUsage[];
}

/** What may have to read very many turns. */
export type LongQuestion =
  | { ask: 'stats'; window: TurnWindow; budgetMs: number }
  | { ask: 'statsBy'; window: TurnWindow; by: Grouping; budgetMs: number; limit: number }
  | { ask: 'history'; window: TurnWindow; widthMs: number }
  | { ask: 'export'; window: TurnWindow; limit: number };

export type StoreQuestion =
  | LongQuestion
  | { ask: 'news'; day: string; writer: string }
  | { ask: 'addTurns'; records: TurnRecord[] }
  | { ask: 'last'; guildId: string }
  | { ask: 'list'; window: TurnWindow; limit: number }
  | ({ ask: 'setConsent' } & ConsentChoice)
  | { ask: 'setSetting'; guildId: string; name: string; value: string | null }
  | { ask: 'rhythm'; userId: string }
  | { ask: 'saveRhythms'; rhythms: StoredRhythm[] }
  | { ask: 'saveUsage'; writer: string; usage: ServiceUsage[] }
  | { ask: 'close' };

/** The kind of a question, to its answer. */
export interface LongAnswers {
  stats: Summary;
  statsBy: SummaryOf[];
  history: HistoryPoint[];
  export: ExportFiles;
}

export interface StoreAnswers extends LongAnswers {
  news: News;
  addTurns: null;
  last: TurnRecord | null;
  list: TurnRecord[];
  setConsent: StoredConsent;
  setSetting: null;
  rhythm: StoredRhythm | null;
  saveRhythms: null;
  saveUsage: null;
  close: null;
}

/** To the thread that reads: `close` gives the database up until the next question. */
export type ReaderQuestion = LongQuestion | { ask: 'close' };

export interface ReaderAnswers extends LongAnswers {
  close: null;
}

/** What of an answer is moved from thread to thread, not copied. */
export function buffersOf(answer: unknown): ArrayBuffer[] {
  const { csv, json } = (answer ?? {}) as Partial<ExportFiles>;
  return csv && json ? [csv.buffer, json.buffer] : [];
}

/** Why a question was not answered: what a ParleyError is made of on the other side. */
export interface StoreFailure {
  code: string;
  message: string;
  remedy: string;
}
