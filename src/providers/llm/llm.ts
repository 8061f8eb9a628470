/** Language models: a streamed answer to a conversation. */
import type { ParleyError } from '../../base/errors.ts';

export interface LlmMessage {
  role: 'user' | 'assistant';
  content: string;
}

export interface LlmRequest {
  /** The persona's prompt: stable over a conversation, so that it can be cached. */
  system: string;
  messages: readonly LlmMessage[];
  maxTokens: number;
  /** Aborting it ends the stream at once and frees the connection. */
  signal: AbortSignal;
  /**
   * A try came to nothing before its first word, though the vendor may have worked on it, and bill it: another address
   * may be asked next. Not called for refusals. `told`: what the vendor said that it used; null when it did not.
   */
  onLostTry?(told: (PromptUsage & { outputTokens: number }) | null): void;
}

export interface PromptUsage {
  /** The whole prompt: what was read from a cache and what was written to one included. */
  inputTokens: number;
  /** Of the prompt, read from the vendor's cache. */
  cachedInputTokens?: number;
  /** Of the prompt, written to the vendor's cache. */
  cacheWriteTokens?: number;
}

export type LlmEvent =
  | {
      type: 'text';
      text: string;
      /** With the first: how long the connection took that had to be opened for this answer, in ms. */
      connectMs?: number;
      /** With the first, of vendors that tell it so early: what the prompt took. Of an answer that is cut short no more is told. */
      prompt?: PromptUsage;
    }
  | (PromptUsage & {
      type: 'usage';
      /** What the model thought before it wrote included. */
      outputTokens: number;
    });

export interface LlmConnection {
  /** What the vendor was heard to refuse when the connection was opened, key or model: answers will fail of it. */
  readonly refused?: ParleyError | null;
  warm(): void;
  /** Yields text as it is written; throws a ParleyError, or the signal's reason once aborted. */
  stream(request: LlmRequest): AsyncIterable<LlmEvent>;
  close(): Promise<void>;
}

export interface LanguageModel {
  readonly name: string;
  /** The vendor's id of the model in use; absent where there is but one. */
  readonly model?: string;
  /** Where what it is given goes, for people: "on this machine", "ElevenLabs, in the USA". */
  readonly place: string;
  connect(signal: AbortSignal): Promise<LlmConnection>;
  /** Tries it out with a word or two, which cost that much: ms to the first token over a cold and a warm connection. */
  probe?(signal: AbortSignal): Promise<{ coldMs: number; warmMs: number }>;
}

/** What the model is told in place of words that the recogniser could not make out. */
export const UNCLEAR_SPEECH = '(unclear speech)';
