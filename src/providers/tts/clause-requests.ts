/** One answer spoken with one request a clause: asked for ahead, told in order. */
import type { ParleyError } from '../../base/errors.ts';
import { toParleyError } from '../../base/errors.ts';
import { AsyncQueue } from '../async-queue.ts';
import { PcmJoiner } from './pcm-joiner.ts';
import type { TtsChunk, TtsReply } from './tts.ts';

/** Requests under way at once: the next clause is being made while one is spoken, and no more, as plans limit them. */
const UNDER_WAY = 2;

/** The bytes of one clause's PCM; throws a ParleyError. `previousText`: what was said before, for the intonation. */
export type AskClause = (
  text: string,
  previousText: string,
  signal: AbortSignal,
) => AsyncIterable<Uint8Array>;

interface Clause {
  text: string;
  /** Audio that waits for the clauses before. */
  parts: Int16Array[];
  done: boolean;
  error: ParleyError | null;
}

export class ClauseRequests implements TtsReply {
  readonly audio = new AsyncQueue<TtsChunk>();
  readonly #ask: AskClause;
  readonly #onOver: () => void;
  readonly #life = new AbortController();
  readonly #clauses: Clause[] = [];
  #asked = 0;
  #current = 0;
  #ended = false;

  constructor(ask: AskClause, onOver: () => void) {
    this.#ask = ask;
    this.#onOver = onOver;
  }

  speak(text: string): void {
    if (this.#ended || this.#life.signal.aborted) return;
    this.#clauses.push({ text, parts: [], done: false, error: null });
    this.#askNext();
  }

  end(): void {
    if (this.#life.signal.aborted) return;
    this.#ended = true;
    this.#tell();
  }

  cancel(): void {
    this.audio.abort();
    this.#finish();
  }

  #askNext(): void {
    while (this.#asked < Math.min(this.#clauses.length, this.#current + UNDER_WAY)) {
      const clause = this.#clauses[this.#asked]!;
      const previous = this.#clauses[this.#asked - 1]?.text ?? '';
      this.#asked++;
      void this.#read(clause, previous);
    }
  }

  async #read(clause: Clause, previousText: string): Promise<void> {
    const { signal } = this.#life;
    const joiner = new PcmJoiner();
    try {
      // A clause that holds no word makes no sound.
      if (/[\p{L}\p{N}]/u.test(clause.text))
        for await (const bytes of this.#ask(clause.text, previousText, signal)) {
          if (signal.aborted) return;
          clause.parts.push(joiner.push(bytes));
          this.#tell();
        }
      clause.done = true;
    } catch (error) {
      clause.error = toParleyError(error, {
        ...{ code: 'TTS_FAILED', remedy: 'Try again; if it stays, choose another voice.', retryable: true },
      });
    }
    this.#tell();
  }

  #tell(): void {
    if (this.#life.signal.aborted) return;
    for (let clause = this.#clauses[this.#current]; clause; clause = this.#clauses[this.#current]) {
      for (const pcm of clause.parts.splice(0))
        if (pcm.length > 0) this.audio.push({ pcm, clause: this.#current, last: false });
      if (clause.error) {
        this.audio.fail(clause.error);
        return this.#finish();
      }
      if (!clause.done) return;
      // Only the end of the stream tells that a clause is over, so its last chunk is an empty one.
      this.audio.push({ pcm: new Int16Array(0), clause: this.#current, last: true });
      this.#current++;
      this.#askNext();
    }
    if (!this.#ended) return;
    this.audio.end();
    this.#finish();
  }

  #finish(): void {
    if (this.#life.signal.aborted) return;
    this.#life.abort(new Error('The reply is over'));
    this.#onOver();
  }
}
