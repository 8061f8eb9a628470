/**
 * Voices, models and quota of an ElevenLabs account, by the vendor's own package. It is used for this alone: it has no
 * client for the multi-context socket, its client for recognition hides why a socket was closed, and it takes 1.4 to
 * 2.4 s and 110 MB to load. So speech goes over thin clients on `ws`, and the package lives in a worker, which is made
 * when somebody asks and ended when nobody has asked for a while.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type SpawnWorker, START_WITHIN_MS, WorkerHost } from '../../base/worker-host.ts';
import { elevenLabsError } from '../wire/elevenlabs-errors.ts';
import type {
  AccountAnswers,
  AccountModel,
  AccountQuestion,
  AccountQuota,
  AccountVoice,
  AccountWorkerData,
  FromAccount,
  ToAccount,
} from './elevenlabs/account-protocol.ts';
import { DEFAULT_ELEVENLABS_URL } from './elevenlabs/options.ts';

export type { AccountModel, AccountQuota, AccountVoice };

const ANSWER_WITHIN_MS = 3_000;
/** The memory is worth more than the seconds that the next question waits. */
const IDLE_MS = 60_000;

export interface ElevenLabsAccountOptions {
  clock: Clock;
  log: Log;
  apiKey: string;
  /** As of the voice. */
  baseUrl?: string;
  spawn?: SpawnWorker;
}

/** Each question rejects with a ParleyError, after 3 s at the latest once the worker runs, or the signal's reason. */
export interface ElevenLabsAccount {
  /** Begins to load the package, for a question that is about to come. */
  warm(): void;
  /** At most 25 whose name or description fits; all for an empty search. */
  voices(search: string, signal: AbortSignal): Promise<readonly AccountVoice[]>;
  /** Those that speak. */
  models(signal: AbortSignal): Promise<readonly AccountModel[]>;
  quota(signal: AbortSignal): Promise<AccountQuota>;
  close(): Promise<void>;
}

export function createElevenLabsAccount(options: ElevenLabsAccountOptions): ElevenLabsAccount {
  const desk = new Desk(options);
  return {
    warm: () => desk.warm(),
    voices: (search, signal) => desk.ask({ ask: 'voices', search: search.trim() }, signal),
    models: (signal) => desk.ask({ ask: 'models' }, signal),
    quota: (signal) => desk.ask({ ask: 'quota' }, signal),
    close: () => desk.close(),
  };
}

/** Keeps the worker and the questions that it has not answered. */
class Desk {
  readonly #clock: Clock;
  readonly #host: WorkerHost<ToAccount, FromAccount>;
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #asking = 0;
  #idle: Timer | null = null;
  readonly #life = new AbortController();

  constructor({ clock, log, apiKey, baseUrl = DEFAULT_ELEVENLABS_URL, spawn }: ElevenLabsAccountOptions) {
    this.#clock = clock;
    const address = baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
    this.#host = new WorkerHost<ToAccount, FromAccount>({
      url: new URL('./elevenlabs/account-worker.ts', import.meta.url),
      name: 'ElevenLabs account',
      diedCode: 'TTS_ACCOUNT_DIED',
      workerData: {
        ...{ apiKey, baseUrl: address, timeoutS: ANSWER_WITHIN_MS / 1000 },
      } satisfies AccountWorkerData,
      ...{ clock, log, startWithinMs: START_WITHIN_MS },
      onMessage: (message) => this.#onMessage(message),
      onDeath: (error) => this.#failAll(error),
      ...(spawn && { spawn }),
    });
  }

  warm(): void {
    if (this.#life.signal.aborted) return;
    this.#host.start().catch(() => {});
    this.#rest();
  }

  async ask<K extends keyof AccountAnswers>(
    question: AccountQuestion & { ask: K },
    signal: AbortSignal,
  ): Promise<AccountAnswers[K]> {
    this.#life.signal.throwIfAborted();
    this.#asking++;
    this.#idle?.cancel();
    const either = AbortSignal.any([signal, this.#life.signal]);
    const id = ++this.#lastId;
    try {
      either.throwIfAborted();
      await this.#within('Loading the package of ElevenLabs', START_WITHIN_MS, either, () =>
        this.#host.start(),
      );
      const asking = () => this.#put({ ...question, id });
      return (await this.#within('Asking ElevenLabs', ANSWER_WITHIN_MS, either, asking)) as AccountAnswers[K];
    } finally {
      this.#open.delete(id);
      this.#asking--;
      this.#rest();
    }
  }

  async close(): Promise<void> {
    const closed = new ParleyError('The account is no longer asked', {
      code: 'TTS_CLOSED',
      remedy: 'Nothing: whoever asked has left.',
    });
    this.#life.abort(closed);
    this.#idle?.cancel();
    this.#failAll(closed);
    await this.#host.stop();
  }

  async #within<T>(what: string, afterMs: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const remedy = 'Check the network of this machine; status.elevenlabs.io tells more.';
    return await withDeadline(
      { clock: this.#clock, afterMs, what, remedy, signal, code: 'TTS_TIMEOUT' },
      work,
    );
  }

  async #put(question: ToAccount): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    this.#open.set(question.id, answer);
    this.#host.post(question);
    return await answer.promise;
  }

  #onMessage(message: FromAccount): void {
    if (message.type === 'ready') return;
    const answer = this.#open.get(message.id);
    if (message.type === 'answer') answer?.resolve(message.value);
    else answer?.reject(refusal(message));
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
    if (this.#asking > 0 || this.#life.signal.aborted) return;
    this.#idle = this.#clock.setTimer(IDLE_MS, () => void this.#host.stop());
  }
}

function refusal({ status, text }: { status?: number; text: string }): ParleyError {
  if (status !== undefined) return elevenLabsError({ status, text }, 'TTS');
  return new ParleyError('ElevenLabs could not be asked about the account', {
    code: 'TTS_UNREACHABLE',
    remedy: 'Check the network of this machine, and whether the address of ElevenLabs is right.',
    retryable: true,
  });
}
