/** What the store's worker can be asked, and what it answers. */
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

/** What this process must know of the others that share the database, and of earlier runs. */
export interface News {
  optedOut: string[];
  settings: GuildSetting[];
  usage: ServiceUsage[];
}

export type StoreQuestion =
  | { ask: 'news'; day: string; writer: string }
  | { ask: 'addTurns'; records: TurnRecord[] }
  | { ask: 'last'; guildId: string }
  | { ask: 'list'; window: TurnWindow; limit: number; offset: number }
  | { ask: 'stats'; window: TurnWindow; budgetMs: number }
  | { ask: 'statsBy'; window: TurnWindow; by: Grouping; budgetMs: number; limit: number }
  | { ask: 'history'; window: TurnWindow; widthMs: number }
  | { ask: 'setConsent'; userId: string; optedOut: boolean; atUnixMs: number }
  | { ask: 'setSetting'; guildId: string; name: string; value: string | null }
  | { ask: 'saveUsage'; writer: string; usage: ServiceUsage[] }
  | { ask: 'close' };

/** The kind of a question, to its answer. */
export interface StoreAnswers extends Record<StoreQuestion['ask'], unknown> {
  news: News;
  addTurns: null;
  last: TurnRecord | null;
  list: TurnRecord[];
  stats: Summary;
  statsBy: SummaryOf[];
  history: HistoryPoint[];
  setConsent: null;
  setSetting: null;
  saveUsage: null;
  close: null;
}

/** Why a question was not answered: what a ParleyError is made of on the other side. */
export interface StoreFailure {
  code: string;
  message: string;
  remedy: string;
}
