/** What a recogniser over a socket needs of a vendor's session, whose messages differ. */
import type { ParleyError } from '../../../base/errors.ts';

/** Why the vendor settled words: we asked, it took the speaker to be done, or so much audio had come. */
export type EndedBy = 'asked' | 'turn' | 'limit';

export interface SessionListener {
  /** The words that are not settled yet; they may shrink, or be others than before. */
  onPartial(text: string): void;
  /** The speaker is probably done: these are the words, unless `onResumed` follows. */
  onEager(text: string): void;
  onResumed(): void;
  /** The words of all audio since the last such event. Each `end()` is answered by one that is `asked`, in order. */
  onEnded(text: string, by: EndedBy): void;
  /** Nothing more comes. `again`: in how many other sessions the same audio may be tried, as it may be this one alone. */
  onGone(error: ParleyError, again: number): void;
}

/** A network that is gone takes the spare sessions with it, and they do not know yet. */
export const LOST_AGAIN = 3;

/** One open, ready socket. Nothing is called back from within a call. */
export interface StreamSession {
  /** By the clock. */
  readonly openedMs: number;
  /** What it was told to listen for, in one string. */
  readonly keyterms: string;
  /** Replaces the listener. */
  attach(listener: SessionListener): void;
  /** Any number of samples at 16 kHz, not kept. */
  write(pcm: Int16Array): void;
  /** Asks for the words so far. */
  end(): void;
  /** Nothing is called back after it. Resolves, at the latest after a second, once the socket is closed. */
  close(): Promise<void>;
}

/** How a vendor's sessions are to be used. */
export interface SessionTraits {
  /** Words after `end()` would be taken for those before it: they wait until it is answered. */
  readonly endsAlone: boolean;
  /** Speech that goes on is settled in between, at a pause after this and at the latest after twice that; null for never. */
  readonly settleAfterMs: number | null;
  /** A session this old is replaced at the next occasion. */
  readonly maxAgeMs: number;
}

/** Two pieces of a transcript as one. */
export const joinText = (before: string, after: string): string => `${before.trim()} ${after.trim()}`.trim();
