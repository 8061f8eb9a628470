/** The tables of the store: one schema for SQLite and PostgreSQL. Times are ms, flags 0 or 1, users and servers Discord ids. */
import type { Generated } from 'kysely';

/** One turn in numbers: what is counted and sorted, in rows so narrow that a million are read in no time. */
export interface TurnTable {
  /** In the order of writing. */
  seq: Generated<number>;
  /** Unique together with `ended_at`: a batch that is written twice is kept once. */
  id: string;
  guild_id: string;
  ended_at: number;
  /** Empty once the speaker has opted out. */
  speaker_id: string;
  /** "stt + llm + tts". */
  vendors: string;
  outcome: string;
  reason: string | null;
  false_cutoff: number;
  false_barge_ins: number;
  repeated: number;
  speculation: string;
  wasted_tokens: number;
  wasted_characters: number;
  /** Whether somebody counted what it cost. */
  billed: number;
  /** Null also where the price of something is not known. */
  usd: number | null;
  /** Figures in whole ms; null where they cannot be known. */
  response_gap_ms: number | null;
  pipeline_ms: number | null;
  prompt_ms: number | null;
  receive_repair_ms: number | null;
  gate_ms: number | null;
  speech_to_text_ms: number | null;
  language_model_ms: number | null;
  first_clause_ms: number | null;
  text_to_speech_ms: number | null;
}

/** The same turn as it was told, its exact marks among it. */
export interface TurnRecordTable {
  seq: number;
  /** A `TurnRecord` as JSON, but for the speaker. */
  record: string;
}

/** How often each value came up on a day: sorted already, so that percentiles of many days need not read the turns. */
export interface TallyTable {
  guild_id: string;
  /** "stt + llm + tts". */
  vendors: string;
  /** A figure, a count, or "reason/CODE". */
  what: string;
  /** Of a figure; 0 for a count. */
  ms: number;
  /** Days since 1970, UTC. */
  day: number;
  amount: number;
}

export interface ConsentTable {
  user_id: string;
  opted_out: number;
  at: number;
}

export interface GuildSettingTable {
  guild_id: string;
  name: string;
  value: string;
}

/** What each process has used so far on a day: written anew as a whole, so that writing it twice adds nothing. */
export interface UsageTable {
  guild_id: string;
  /** YYYY-MM-DD, UTC. */
  day: string;
  /** "vendor/model". */
  service: string;
  /** One run of one process. */
  writer: string;
  /** `Usage` as JSON. */
  used: string;
}

/** How somebody pauses when they talk; of nobody who opted out. */
export interface RhythmTable {
  user_id: string;
  /** Mean pause after incomplete phrases. */
  pause_ms: number;
  /** Pause after phrases that looked complete and were not. */
  after_complete_ms: number;
  /** When it was learned. */
  at: number;
}

export interface Tables {
  turns: TurnTable;
  turn_records: TurnRecordTable;
  tallies: TallyTable;
  consent: ConsentTable;
  guild_settings: GuildSettingTable;
  usage: UsageTable;
  rhythms: RhythmTable;
}
