/** Open sessions for those who will talk next: a handshake takes three round trips, and nobody waits before they speak. */
import type { Clock, Timer } from '../../../base/clock.ts';
import { ParleyError, toParleyError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { StreamSession } from './session.ts';

export interface SessionPoolOptions {
  clock: Clock;
  log: Log;
  /** Rejects with a ParleyError, or the signal's reason. */
  open(signal: AbortSignal): Promise<StreamSession>;
  /** Of the names that are known now. */
  keyterms(): string;
  spares: number;
  maxAgeMs: number;
  /** Those who talk, over all pools. */
  talkers: Talkers;
}

/** How many sessions are in use; the vendor counts them per account. */
export class Talkers {
  count = 0;
  readonly most: number;

  constructor(most: number) {
    this.most = most;
  }
}

interface Spare {
  session: StreamSession;
  ageing: Timer;
}

/** After a spare that could not be opened; twice that after each further one. */
const BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** One that lasted so long was a good one. */
const BACKOFF_AFTER_MS = 10_000;

export class SessionPool {
  readonly #options: SessionPoolOptions;
  readonly #life = new AbortController();
  readonly #waiting: PromiseWithResolvers<StreamSession>[] = [];
  #spares: Spare[] = [];
  readonly #openings = new Set<Promise<void>>();
  #backoffMs = 0;
  #resting: Timer | null = null;
  readonly #closing = new Set<Promise<void>>();

  constructor(options: SessionPoolOptions) {
    this.#options = options;
  }

  /** Whether one can be had at once that knows the latest names. */
  get hasFresh(): boolean {
    const keyterms = this.#options.keyterms();
    return this.#spares.some(({ session }) => session.keyterms === keyterms);
  }

  /** Opens the first spare. */
  async begin(signal: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([signal, this.#life.signal]);
    const session = await this.#options.open(ended);
    if (ended.aborted) {
      this.#end(session);
      throw ended.reason;
    }
    this.#keep(session);
    this.#fill();
  }

  /** For one who talks; give it back with `release`. `cold`: none was open, so that it had to be waited for. */
  async take(): Promise<{ session: StreamSession; cold: boolean }> {
    const { talkers } = this.#options;
    if (talkers.count >= talkers.most) throw tooMany(talkers.most);
    talkers.count += 1;
    const cold = this.#spares.length === 0;
    try {
      return { session: await this.#next(), cold };
    } catch (error) {
      talkers.count -= 1;
      throw error;
    }
  }

  /** One that is open for another that is given back, when `hasFresh`. */
  swap(old: StreamSession): StreamSession | null {
    const session = this.#spare();
    if (session) this.#end(old);
    this.#fill();
    return session;
  }

  /** It is closed, whatever its state. */
  release(session: StreamSession): void {
    this.#end(session);
    this.#options.talkers.count -= 1;
  }

  /** Someone begins to talk: what failed before is tried again. */
  warm(): void {
    this.#resting?.cancel();
    this.#resting = null;
    this.#fill();
  }

  /** Resolves once every session that was ever opened here is closed, those in use provided that they were released. */
  async close(): Promise<void> {
    const closed = new ParleyError('The connection to the recogniser was closed', {
      code: 'STT_CLOSED',
      remedy: 'Nothing: whoever used it has left.',
    });
    this.#life.abort(closed);
    this.#resting?.cancel();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(closed);
    for (let session = this.#spare(); session; session = this.#spare()) this.#end(session);
    await Promise.all(this.#openings);
    await Promise.all(this.#closing);
  }

  #end(session: StreamSession): void {
    const closing = session.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  async #next(): Promise<StreamSession> {
    this.#life.signal.throwIfAborted();
    const session = this.#spare();
    if (session) {
      this.#fill();
      return session;
    }
    const waiting = Promise.withResolvers<StreamSession>();
    this.#waiting.push(waiting);
    this.#fill();
    return await waiting.promise;
  }

  /** The one that knows the names best. */
  #spare(): StreamSession | null {
    const keyterms = this.#options.keyterms();
    const best = this.#spares.find(({ session }) => session.keyterms === keyterms) ?? this.#spares[0];
    if (!best) return null;
    this.#drop(best);
    return best.session;
  }

  #drop(spare: Spare): void {
    spare.ageing.cancel();
    this.#spares = this.#spares.filter((one) => one !== spare);
  }

  #fill(): void {
    if (this.#life.signal.aborted) return;
    const spares = this.#resting ? 0 : this.#options.spares - this.#spares.length;
    const missing = this.#waiting.length + Math.max(0, spares) - this.#openings.size;
    for (let i = 0; i < missing; i++) this.#openOne();
  }

  #openOne(): void {
    const opening: Promise<void> = this.#options.open(this.#life.signal).then(
      (session) => {
        this.#openings.delete(opening);
        this.#onOpen(session);
      },
      (thrown: unknown) => {
        this.#openings.delete(opening);
        this.#onFailed(thrown);
      },
    );
    this.#openings.add(opening);
  }

  #onOpen(session: StreamSession): void {
    if (this.#life.signal.aborted) return this.#end(session);
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve(session);
    else if (this.#spares.length < this.#options.spares) this.#keep(session);
    else this.#end(session);
    this.#fill();
  }

  #keep(session: StreamSession): void {
    const { clock, log, maxAgeMs } = this.#options;
    const ageing = clock.setTimer(maxAgeMs, () => {
      this.#drop(spare);
      this.#end(session);
      this.#fill();
    });
    const spare: Spare = { session, ageing };
    this.#spares.push(spare);
    const ignore = () => undefined;
    session.attach({
      ...{ onPartial: ignore, onEager: ignore, onResumed: ignore, onEnded: ignore },
      onGone: (error) => {
        this.#drop(spare);
        if (clock.now() - session.openedMs > BACKOFF_AFTER_MS) this.#backoffMs = 0;
        log.debug({ err: error }, 'a spare recogniser session ended');
        this.#rest();
      },
    });
  }

  #onFailed(thrown: unknown): void {
    if (this.#life.signal.aborted) return;
    const error = toParleyError(thrown, { code: 'STT_UNAVAILABLE', remedy: 'Try again.', retryable: true });
    const waiting = this.#waiting.shift();
    if (waiting) waiting.reject(error);
    else this.#options.log.warn({ err: error }, 'a spare recogniser session could not be opened');
    this.#rest();
  }

  /** No hammering at a door that is shut. */
  #rest(): void {
    this.#backoffMs = Math.min(MAX_BACKOFF_MS, this.#backoffMs * 2 || BACKOFF_MS);
    this.#resting?.cancel();
    this.#resting = this.#options.clock.setTimer(this.#backoffMs, () => this.warm());
    this.#fill();
  }
}

const tooMany = (most: number): ParleyError =>
  new ParleyError(`${most} speakers are recognised already`, {
    code: 'STT_TOO_MANY_SPEAKERS',
    remedy: 'Wait until somebody falls silent, or raise the number of sessions if the account allows more.',
    retryable: true,
  });
