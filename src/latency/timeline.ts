/** The turn timeline: when each thing happened in one turn, on one monotonic clock. */
import type { TurnCost } from '../money/usage.ts';

export const MARKS = [
  'speechStarted',
  'lastVoiced',
  'repaired',
  'pauseDetected',
  'interimUsed',
  'draftStarted',
  'sttConnected',
  'sttFinal',
  'llmSent',
  'llmConnected',
  'llmFirstToken',
  'firstClause',
  'llmDone',
  'ttsSent',
  'ttsConnected',
  'ttsFirstByte',
  'ttsFirstSound',
  'endOfTurn',
  'firstFrameOut',
  'firstAudibleOut',
  'done',
] as const;

/**
 * `repaired`: the packet of `lastVoiced` no longer waited for packets before it that were late or lost. Equals
 * `lastVoiced` when there was no wait. `ttsFirstSound`: the voice's audio was no longer silence.
 * `llmDone`: the model's stream ended: with its last word, by an error, or since no more was wanted.
 * `sttConnected`, `llmConnected`, `ttsConnected`: a connection was open that had to be opened for this turn; absent where
 * one was open before.
 */
export type Mark = (typeof MARKS)[number];

/** Clock times in ms; a mark that was not reached, or cannot be known, is absent. */
export type Marks = Partial<Record<Mark, number>>;

export type Outcome = 'answered' | 'unanswered' | 'missed';

/** What is kept of one turn. Holds no spoken word. */
export interface TurnRecord {
  id: string;
  guildId: string;
  channelId: string;
  speakerId: string;
  /** Milliseconds since 1970, for reports by day. */
  endedAtUnixMs: number;
  outcome: Outcome;
  /** Why it was not answered: a ParleyError code; null when it was. */
  reason: string | null;
  /** What the room heard: the answer, only a notice (fallback, apology), or nothing. */
  audible: 'answer' | 'notice' | null;
  /** Live proxy: the speaker went on within 1 s of the first audible frame. */
  falseCutoff: boolean;
  /** The speaker's words stopped the answer. */
  bargedIn: boolean;
  /**
   * At which word the answer ended for the room was inferred, as the voice told no times: what the agent believes to have
   * said may be off by some words. Absent when no answer was heard, and of turns kept before this was told.
   */
  heardEstimated?: boolean;
  /** How often the answer paused for a sound that was no interruption. */
  falseBargeIns: number;
  /** The speaker said the same again as in the turn before: a sign that the answer missed the point, or was not heard. */
  repeated: boolean;
  /** Whether an answer drafted before the end of turn was used; `off` when none was begun. */
  speculation: 'hit' | 'miss' | 'off';
  /** How many answers were asked of the language model. */
  modelCalls: number;
  /** What drafts cost that were not used: tokens written by the model, characters given to the voice. */
  wasted: { tokens: number; characters: number };
  marks: Marks;
  providers: { stt: string; llm: string; tts: string };
  usage: { inputTokens: number; outputTokens: number } | null;
  /** All that was spent in the room since the turn before; absent where nobody counts. */
  cost?: TurnCost;
}

export interface Figures {
  /** Last voiced frame in, to first audible frame out: the headline. Absent unless an answer became audible. */
  responseGapMs?: number;
  /** End of turn, to first audible frame out. */
  pipelineMs?: number;
  /** Final transcript, to first audible frame out. */
  promptMs?: number;
}
