/** Asks a worker thread questions, each with a deadline; the worker is made for the first one. */
import type { Clock, Timer } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { ParleyError } from './errors.ts';
import type { Log } from './log.ts';
import { type SpawnWorker, START_WITHIN_MS, WorkerHost } from './worker-host.ts';

/** What a worker behind a desk posts; see `answerQuestions` in `worker-answers.ts` for its side. */
export type FromDeskWorker =
  | { type: 'ready' }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'refused'; id: number; why: unknown };

export interface WorkerDeskOptions {
  url: URL;
  /** Names the worker in errors and logs: "picture painter". */
  name: string;
  /** Handed to the worker; cloned. */
  workerData?: unknown;
  clock: Clock;
  log: Log;
  answerWithinMs: number;
  /** Ends a worker that nobody has asked for so long; null to keep it. */
  idleMs: number | null;
  /** Error codes: of its death, of a question without an answer in time, and of one asked when the desk is closed. */
  codes: { died: string; late: string; closed: string };
  /** What the operator does when it is late. */
  lateRemedy: string;
  /** Makes an error of what the worker gave as its reason. */
  refusal(why: unknown): ParleyError;
  spawn?: SpawnWorker;
}

/** `Answers` maps the kind of a question to its answer. */
export class WorkerDesk<Question extends { ask: string }, Answers extends Record<Question['ask'], unknown>> {
  readonly #options: WorkerDeskOptions;
  readonly #host: WorkerHost<Question & { id: number }, FromDeskWorker>;
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #asking = 0;
  #idle: Timer | null = null;
  readonly #life = new AbortController();

  constructor(options: WorkerDeskOptions) {
    this.#options = options;
    const { url, name, workerData, codes, clock, log, spawn } = options;
    this.#host = new WorkerHost<Question & { id: number }, FromDeskWorker>({
      ...{ url, name, workerData, diedCode: codes.died, clock, log, startWithinMs: START_WITHIN_MS },
      onMessage: (message) => this.#onMessage(message),
      onDeath: (error) => this.#failAll(error),
      ...(spawn && { spawn }),
    });
  }

  /** Begins to start the worker, for a question that is about to come. */
  warm(): void {
    if (this.#life.signal.aborted) return;
    this.#host.start().catch(() => {});
    this.#rest();
  }

  /**
   * Rejects with a ParleyError: the worker's refusal, its death, or that it is late; or with the signal's reason.
   * @param transfer is gone from this thread.
   */
  async ask<K extends Question['ask']>(
    question: Question & { ask: K },
    { signal, transfer }: { signal?: AbortSignal; transfer?: readonly ArrayBuffer[] } = {},
  ): Promise<Answers[K]> {
    this.#life.signal.throwIfAborted();
    this.#asking++;
    this.#idle?.cancel();
    const either = signal ? AbortSignal.any([signal, this.#life.signal]) : this.#life.signal;
    const id = ++this.#lastId;
    const { name, answerWithinMs } = this.#options;
    try {
      either.throwIfAborted();
      await this.#within(`Starting the ${name}`, START_WITHIN_MS, either, () => this.#host.start());
      const put = () => this.#put({ ...question, id }, transfer);
      return (await this.#within(`Asking the ${name}`, answerWithinMs, either, put)) as Answers[K];
    } finally {
      this.#open.delete(id);
      this.#asking--;
      this.#rest();
    }
  }

  /** Questions under way fail; the worker is ended. */
  async close(): Promise<void> {
    const closed = new ParleyError(`The ${this.#options.name} is no longer asked`, {
      code: this.#options.codes.closed,
      remedy: 'Nothing: whoever asked has left.',
    });
    this.#life.abort(closed);
    this.#idle?.cancel();
    this.#failAll(closed);
    await this.#host.stop();
  }

  async #within<T>(what: string, afterMs: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { clock, lateRemedy: remedy, codes } = this.#options;
    return await withDeadline({ clock, afterMs, what, remedy, signal, code: codes.late }, work);
  }

  async #put(question: Question & { id: number }, transfer?: readonly ArrayBuffer[]): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    this.#open.set(question.id, answer);
    this.#host.post(question, transfer);
    return await answer.promise;
  }

  #onMessage(message: FromDeskWorker): void {
    if (message.type === 'ready') return;
    const answer = this.#open.get(message.id);
    if (message.type === 'answer') answer?.resolve(message.value);
    else answer?.reject(this.#options.refusal(message.why));
  }

  #failAll(error: ParleyError): void {
    for (const answer of this.#open.values()) {
      // Whoever asked may have left before.
      answer.promise.catch(() => {});
      answer.reject(error);
    }
    this.#open.clear();
  }

  #rest(): void {
    this.#idle?.cancel();
    const { clock, idleMs } = this.#options;
    if (idleMs === null || this.#asking > 0 || this.#life.signal.aborted) return;
    this.#idle = clock.setTimer(idleMs, () => void this.#host.stop());
  }
}
