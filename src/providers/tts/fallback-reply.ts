/** One answer that changes from one voice to another between two clauses, when the first fails or is late. */
import type { Clock, Timer } from '../../base/clock.ts';
import { ParleyError, toParleyError } from '../../base/errors.ts';
import { AsyncQueue } from '../async-queue.ts';
import type { TtsChunk, TtsReply } from './tts.ts';

export interface FallbackTiming {
  clock: Clock;
  /** From asking for a clause, and the end of the one before, to its first audio. */
  lateMs: number;
}

export class FallbackReply implements TtsReply {
  readonly audio = new AsyncQueue<TtsChunk>();
  readonly #timing: FallbackTiming;
  /** Null once it was called. */
  #takeOver: ((error: ParleyError) => TtsReply) | null;
  #reply: TtsReply;
  readonly #clauses: string[] = [];
  /** Clauses whose end was told. */
  #told = 0;
  /** Some of the next was told. */
  #midClause = false;
  #ended = false;
  #over = false;
  #late: Timer | null = null;

  /** @param takeOver begins the reply that goes on; called once at most, with what is wrong with the first. */
  constructor(timing: FallbackTiming, first: TtsReply, takeOver: (error: ParleyError) => TtsReply) {
    this.#timing = timing;
    this.#takeOver = takeOver;
    this.#reply = first;
    void this.#read(first, 0);
  }

  speak(clause: string): void {
    if (this.#ended || this.#over) return;
    this.#clauses.push(clause);
    this.#reply.speak(clause);
    this.#watch();
  }

  end(): void {
    if (this.#ended || this.#over) return;
    this.#ended = true;
    this.#reply.end();
  }

  cancel(): void {
    this.#finish();
    this.audio.abort();
    this.#reply.cancel();
  }

  /** @param offset clauses that were told before this reply began. */
  async #read(reply: TtsReply, offset: number): Promise<void> {
    try {
      for await (const chunk of reply.audio) {
        if (reply !== this.#reply || this.#over) return;
        this.audio.push({ ...chunk, clause: chunk.clause + offset });
        this.#midClause = !chunk.last;
        if (chunk.last) this.#told = chunk.clause + offset + 1;
        this.#late?.cancel();
        this.#late = null;
        this.#watch();
      }
      if (reply !== this.#reply || this.#over) return;
      this.#finish();
      this.audio.end();
    } catch (thrown) {
      if (reply !== this.#reply || this.#over) return;
      const remedy = 'Try again; if it stays, choose another voice.';
      this.#change(toParleyError(thrown, { code: 'TTS_FAILED', remedy, retryable: true }));
    }
  }

  /** Waits for the first audio of the clause that is next. */
  #watch(): void {
    const owed = this.#clauses.length > this.#told && !this.#midClause;
    if (!owed || this.#late || !this.#takeOver || this.#over) return;
    const { clock, lateMs } = this.#timing;
    this.#late = clock.setTimer(lateMs, () => this.#change(late(lateMs)));
  }

  #change(error: ParleyError): void {
    const takeOver = this.#takeOver;
    // A clause cannot be begun anew when some of it was heard.
    if (!takeOver || this.#midClause) {
      this.#finish();
      this.audio.fail(error);
      this.#reply.cancel();
      return;
    }
    this.#takeOver = null;
    this.#late?.cancel();
    this.#late = null;
    const first = this.#reply;
    this.#reply = takeOver(error);
    first.cancel();
    for (const clause of this.#clauses.slice(this.#told)) this.#reply.speak(clause);
    if (this.#ended) this.#reply.end();
    void this.#read(this.#reply, this.#told);
  }

  #finish(): void {
    this.#over = true;
    this.#late?.cancel();
    this.#late = null;
  }
}

const late = (lateMs: number): ParleyError =>
  new ParleyError(`The voice made no sound within ${lateMs} ms`, {
    code: 'TTS_LATE',
    remedy: 'Nothing, if it happens seldom; else look at the status page of the vendor.',
    retryable: true,
  });
