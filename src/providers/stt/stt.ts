/** Speech to text: one connection per voice channel, one recogniser per speaker. */
import type { ParleyError } from '../../base/errors.ts';

export type SttEvent =
  /** The words so far. `finished` says whether they are a whole phrase, where the recogniser can know that. */
  | { type: 'interim'; text: string; finished?: boolean }
  /** The answer to `commit()`. `understood: false` is speech that the recogniser could not make out. */
  | {
      type: 'final';
      commitId: number;
      text: string;
      understood: boolean;
      confidence?: number;
      /** As of an interim. */
      finished?: boolean;
    }
  | { type: 'eagerEndOfTurn'; text: string }
  | { type: 'turnResumed' }
  /** A connection was open, at this instant of the clock, that had to be opened for what is said. */
  | { type: 'connected'; atMs: number }
  /** The recogniser is unusable until it is reopened. */
  | { type: 'error'; error: ParleyError };

/** One speaker's stream. Events come asynchronously to the listener given at opening. */
export interface Recogniser {
  /** Any number of samples, signed 16-bit mono at 16 kHz; copied if kept. Never blocks. */
  write(pcm: Int16Array): void;
  /** Ends the utterance: exactly one `final` (or an `error`) with the returned id follows; then a new one begins. */
  commit(): number;
  /** Forgets the utterance so far; no `final` follows. */
  reset(): void;
  close(): void;
}

export interface SttConnection {
  /** Audio sent to the vendor so far, silence that it needs included, in ms; absent where nothing is but what is written. */
  readonly sentMs?: number;
  /** Called when a speaker begins, so that cold sockets can be woken. */
  warm(): void;
  openRecogniser(speaker: { id: string; name: string }, listener: (event: SttEvent) => void): Recogniser;
  close(): Promise<void>;
}

/** What a recogniser may know of the room; asked again and again. */
export interface WhoIsThere {
  /** What is called what there, besides those who speak: the channel. */
  listenFor(): readonly string[];
  /** Whether somebody is there and wants to be heard: the name of whoever is not, or does not, goes to no vendor. */
  isHeard(speakerId: string): boolean;
}

export interface SpeechToText {
  readonly name: string;
  /** The vendor's id of the model in use; absent where there is but one. */
  readonly model?: string;
  /** Where what it is given goes, for people: "on this machine", "ElevenLabs, in the USA". */
  readonly place: string;
  /** Whether it can be asked for a final transcript in the middle of a turn without losing the thread of what follows. */
  readonly earlyCommit: boolean;
  /** The only languages that it hears, as ISO 639-1 writes them; absent where it finds out, or refuses the others itself. */
  readonly languages?: readonly string[];
  /** Opened at join. Rejects with a ParleyError. */
  connect(signal: AbortSignal, there?: WhoIsThere): Promise<SttConnection>;
  /** Tries it out: ms until it was ready to hear. */
  probe?(signal: AbortSignal): Promise<{ tookMs: number }>;
}
