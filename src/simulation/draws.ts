/** Everything that is left to chance in the virtual room: delays and faults, drawn anew each time one is needed. */
import type { Completeness } from '../turn/completeness.ts';

/** What a draw is for: the `nth` draw of its kind (from 0) within the speaker's `utterance`-th utterance (from 0). */
export interface DrawFor {
  speakerId: string;
  utterance: number;
  nth: number;
}

/** One interim transcript told of a word: from the end of the word. */
export interface InterimDraw {
  delayMs: number;
  /** The recogniser errs: other words than were said. */
  alter?: (text: string) => string;
  /** Told even when the words have become final meanwhile. */
  stale?: boolean;
  completeness?: Completeness;
}

/** One answer to a commit, or the recogniser's failure instead. */
export interface FinalDraw {
  delayMs: number;
  alter?: (text: string) => string;
  completeness?: Completeness;
  failed?: string;
}

/** How a model's or a voice's stream goes wrong. `error` fails, `hang` stays silent without an end, `end` just ends. */
export type StreamFault = 'error' | 'hang' | 'end';

export interface ModelDraw {
  reply: Reply;
  firstTokenMs: number;
  tokenMs: number;
  /** Happens in place of the token of this index. */
  fault?: { kind: StreamFault; atToken: number };
}

/** What a model writes, as it streams it. */
export interface Reply {
  tokens: readonly string[];
}

export interface VoiceDraw {
  /** From the clause to its first audio; the network is part of it. */
  firstByteMs: number;
  /** Per word. */
  wordMs: number;
  /** Frames of it too quiet to hear, from its start. */
  quietFrames: number;
  fault?: StreamFault;
}

export interface Draws {
  /** From the first voiced frame of a sound until the detector confirms it; null: it never does. */
  vadOnMs(of: DrawFor): number | null;
  /** A pause shorter than this goes unnoticed by the detector. */
  vadOffMs(of: DrawFor): number;
  /** Whether a voiced frame's packet is lost. */
  frameLost(of: DrawFor): boolean;
  /** What is told of a word: one interim, or none, or several. `nth` counts the words of the utterance. */
  interims(of: DrawFor, word: string): readonly InterimDraw[];
  /** What answers a commit: one final, or none, or several. `text` is what was said. */
  finals(of: DrawFor, text: string): readonly FinalDraw[];
  /** For each draft. `text` is what it answers. */
  model(of: DrawFor, text: string): ModelDraw;
  /** For each clause; `clause` counts within the draft, and `nth` the drafts. */
  voice(of: DrawFor, clause: number): VoiceDraw;
  /** How long a notice plays; null: its end is never told. */
  noticeMs(): number | null;
  /** How much later than asked a timer fires. */
  timerLateMs(): number;
  /** How long after an answer was stopped what was already on its way is still told of it; null: nothing is. */
  straggleMs(): number | null;
}
