/** The answers of one conversation: drafts, the one that holds the floor, and what the unused ones cost. */
import type { Clock } from '../base/clock.ts';
import type { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { LlmConnection, LlmMessage } from '../providers/llm/llm.ts';
import type { TtsConnection } from '../providers/tts/tts.ts';
import type { Turn, TurnEffect, TurnEvent } from '../turn/types.ts';
import { Answer } from './answer.ts';
import type { Mouth } from './ports.ts';

export interface DraftsOptions {
  clock: Clock;
  log: Log;
  llm: LlmConnection;
  tts: TtsConnection;
  mouth: Mouth;
  systemPrompt: string;
  maxTokens: number;
  /** How far a draft works ahead. */
  ahead: 'llm' | 'llm+tts';
  /** Aborted when the conversation is over. */
  over: AbortSignal;
  /** What the model is asked: the talk so far, and these words. */
  messages(speakerId: string, text: string): readonly LlmMessage[];
  emit(event: TurnEvent): void;
  /** Why the answer to a turn failed. */
  onFailed(error: ParleyError): void;
  onWrittenInstead(text: string): void;
}

/** An answer begun, and the turn that it became the answer to. */
interface Drafted {
  answer: Answer;
  speakerId: string;
  started: boolean;
  turnId: number | null;
  /** Why it came to nothing while it was a draft. */
  failure: ParleyError | null;
}

/** Tokens written by the model and characters given to the voice, of drafts that were not used. */
export interface Waste {
  tokens: number;
  characters: number;
}

export class Drafts {
  readonly #options: DraftsOptions;
  readonly #drafts = new Map<number, Drafted>();
  /** Of drafts cancelled since the speaker's last turn. */
  readonly #waste = new Map<string, Waste>();
  #current: Drafted | null = null;

  constructor(options: DraftsOptions) {
    this.#options = options;
  }

  /** The answer to the turn, while it holds the floor. */
  answerTo(turnId: number): Answer | undefined {
    return this.#current?.turnId === turnId ? this.#current.answer : undefined;
  }

  start({ draftId, speakerId, text, speculative }: Extract<TurnEffect, { type: 'startDraft' }>): void {
    const { messages, emit, ahead, systemPrompt, onFailed, ...options } = this.#options;
    const { clock, log } = options;
    const tell = (event: (turnId: number) => TurnEvent) => {
      if (draft.turnId !== null) emit(event(draft.turnId));
    };
    const answer = new Answer({
      ...{ ...options, ahead, held: speculative, id: `draft-${draftId}` },
      ...{ system: systemPrompt, messages: messages(speakerId, text) },
      onStarted: (atMs) => tell((turnId) => ({ type: 'answerStarted', turnId, atMs })),
      onAudible: (audibleMs) =>
        tell((turnId) => ({ type: 'answerAudible', turnId, atMs: clock.now(), audibleMs })),
      onSpoken: (said) => tell((turnId) => ({ type: 'spoken', turnId, atMs: clock.now(), text: said })),
      onDone: (atMs) => tell((turnId) => ({ type: 'answerDone', turnId, atMs })),
      onFailed: (error) => {
        const { turnId } = draft;
        const { code, remedy } = error;
        log.error({ turnId, draftId, err: error, remedy }, 'answer failed');
        draft.failure = error;
        const atMs = clock.now();
        if (turnId === null) return emit({ type: 'draftFailed', draftId, atMs, code });
        emit({ type: 'answerFailed', turnId, atMs, code });
        onFailed(error);
      },
    });
    const draft: Drafted = { answer, speakerId, started: speculative, turnId: null, failure: null };
    this.#drafts.set(draftId, draft);
    if (speculative) answer.start();
  }

  cancel(draftId: number): void {
    const draft = this.#drafts.get(draftId);
    if (!draft) return;
    this.#drafts.delete(draftId);
    draft.answer.stop();
    this.#wasted(draft);
  }

  /** The draft is the answer to the turn. Throws when it could not even be begun. */
  open(draftId: number, turn: Turn): void {
    const draft = this.#drafts.get(draftId);
    if (!draft) throw new Error('The answer could not be begun');
    this.#drafts.delete(draftId);
    // Its turn has not ended: it was taken back.
    if (this.#current) this.#wasted(this.#current);
    this.#current = draft;
    draft.turnId = turn.id;
    if (draft.failure) {
      const atMs = this.#options.clock.now();
      this.#options.emit({ type: 'answerFailed', turnId: turn.id, atMs, code: draft.failure.code });
      this.#options.onFailed(draft.failure);
    } else if (draft.started) draft.answer.open();
    else draft.answer.start();
  }

  /** The turn has ended: its answer, and what was wasted since the speaker's turn before. */
  settle(turn: Turn): { answer: Answer | undefined; waste: Waste } {
    const answer = this.answerTo(turn.id);
    if (answer) this.#current = null;
    const waste = this.#waste.get(turn.speakerId) ?? { tokens: 0, characters: 0 };
    this.#waste.delete(turn.speakerId);
    return { answer, waste };
  }

  /** Of a speaker who is gone, no turn will tell of waste. */
  forget(speakerId: string): void {
    this.#waste.delete(speakerId);
  }

  #wasted({ answer, speakerId }: Drafted): void {
    const { tokens, characters } = answer.spent;
    const waste = this.#waste.get(speakerId) ?? { tokens: 0, characters: 0 };
    this.#waste.set(speakerId, { tokens: waste.tokens + tokens, characters: waste.characters + characters });
  }

  close(): void {
    for (const { answer } of this.#drafts.values()) answer.stop();
    this.#drafts.clear();
  }
}
