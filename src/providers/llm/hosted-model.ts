/** A language model behind HTTP, whatever protocol it speaks: deadlines, several addresses, failures, the probe. */
import type { Clock } from '../../base/clock.ts';
import { type ParleyError, toParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { isThisMachine } from '../../base/this-machine.ts';
import { HttpPool } from '../wire/http-pool.ts';
import type { Cacheable } from './anthropic-models.ts';
import { HostedAnswer } from './hosted-answer.ts';
import type { LanguageModel, LlmConnection, LlmEvent, LlmRequest } from './llm.ts';
import { resting } from './llm-failures.ts';
import { type ProbeOutcome, probeModel } from './probe.ts';
import type { LlmProtocol } from './protocol.ts';
import { pageFailure } from './reply-failures.ts';

/**
 * From the request to the first word, other addresses and a cold connection included. The slowest in a hundred first
 * tokens of a hosted small model take 2.4 s; the room has given up 2 s after the end of the turn anyway.
 */
export const FIRST_TOKEN_MS = 3_000;
/** From one word to the next. */
export const BETWEEN_TOKENS_MS = 2_000;
/** Whoever tries a model out would rather know how slow it is. */
export const PROBE_TOKEN_MS = 10_000;
/** Some gigabytes from a disk. */
const LOAD_WITHIN_MS = 120_000;
/** A server that asks for a longer rest is asked again after this. */
const LONGEST_REST_MS = 30_000;

export interface HostedModelOptions {
  clock: Clock;
  log: Log;
  /** FIRST_TOKEN_MS unless given. */
  firstTokenMs?: number;
  /** BETWEEN_TOKENS_MS unless given. */
  betweenTokensMs?: number;
}

/** A model that is asked over the network. */
export interface HostedModel extends LanguageModel {
  /** The model's id, as the vendor knows it. */
  readonly model: string;
  /** Whole addresses that requests go to, in the order they are tried; without keys. */
  readonly addresses: readonly string[];
  /**
   * Whether a prompt that begins with this text is cached; if not, it is too short for the model. Left out where the
   * vendor decides by itself.
   */
  cacheable?(prefix: string): Cacheable;
  /**
   * Asks twice for a word, over a cold and then a warm connection, with more patience than an answer has. Rejects with
   * a ParleyError when the first address that answers refuses the key or the model, or with the signal's reason.
   */
  probe(signal: AbortSignal): Promise<ProbeOutcome>;
}

export function createHostedModel(protocol: LlmProtocol, options: HostedModelOptions): HostedModel {
  const { name, place, model, addresses } = protocol;
  return {
    ...{ name, place, model, addresses: addresses.map((address) => address.href) },
    async connect(signal) {
      signal.throwIfAborted();
      const connection = new HostedConnection(protocol, options);
      try {
        await connection.open(signal);
      } catch (error) {
        await connection.close();
        throw error;
      }
      return connection;
    },
    async probe(signal) {
      const patient = { ...options, firstTokenMs: protocol.loadsModel ? LOAD_WITHIN_MS : PROBE_TOKEN_MS };
      return await probeModel(signal, options.clock, () => new HostedConnection(protocol, patient));
    },
  };
}

export class HostedConnection implements LlmConnection {
  readonly #protocol: LlmProtocol;
  readonly #options: Required<HostedModelOptions>;
  readonly #pool: HttpPool;
  readonly #life = new AbortController();
  /** Until when an address wants no requests. */
  readonly #restUntilMs = new Map<URL, number>();
  /** The address that answered last is asked first. */
  #preferred: URL;
  #refused: ParleyError | null = null;

  constructor(protocol: LlmProtocol, options: HostedModelOptions) {
    const { firstTokenMs = FIRST_TOKEN_MS, betweenTokensMs = BETWEEN_TOKENS_MS, clock, log } = options;
    this.#protocol = protocol;
    this.#options = { clock, log, firstTokenMs, betweenTokensMs };
    this.#pool = new HttpPool({ clock, log, codePrefix: 'LLM' });
    this.#preferred = protocol.addresses[0]!;
  }

  /** The address that answered last, or else the first. */
  get address(): string {
    return this.#preferred.href;
  }

  get refused(): ParleyError | null {
    return this.#refused;
  }

  /** Reaches the first address that can be reached; rejects with the last failure when there is none. */
  async open(signal: AbortSignal): Promise<void> {
    let failure: unknown;
    for (const address of this.#order()) {
      if (isExposed(address) && this.#protocol.secrets.some(Boolean)) {
        this.#options.log.warn({ host: address.host }, 'the key of a language model travels unencrypted');
      }
      try {
        await this.#reach(address, signal);
        this.#preferred = address;
        if (this.#protocol.loadsModel) void this.#load(address);
        return;
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
        this.#options.log.warn({ err: error, host: address.host }, 'a language model cannot be reached');
      }
    }
    throw failure;
  }

  warm(): void {
    this.#pool.warm(this.#preferred);
  }

  async *stream(request: LlmRequest): AsyncGenerator<LlmEvent> {
    const { signal } = request;
    signal.throwIfAborted();
    const { clock, firstTokenMs } = this.#options;
    const firstDueMs = clock.now() + firstTokenMs;
    let failure: ParleyError | null = null;
    for (const address of this.#order()) {
      let answer: HostedAnswer | null = null;
      try {
        this.#throwIfResting(address);
        const place = { protocol: this.#protocol, pool: this.#pool, address };
        answer = new HostedAnswer({ ...place, request, firstDueMs, ...this.#options });
        yield* answer.events();
        this.#preferred = address;
        return;
      } catch (error) {
        signal.throwIfAborted();
        failure = toParleyError(error, {
          code: 'LLM_FAILED',
          remedy: 'Report it with this message.',
        });
        if (answer?.restMs) this.#rest(address, answer.restMs);
        const untold = answer?.untold(failure);
        if (untold) request.onLostTry?.(untold.usage);
        if (answer?.wrote || !mayBeBetterElsewhere(failure)) throw failure;
        this.#options.log.warn(
          { err: failure, host: address.host },
          'a language model failed before its answer',
        );
      }
    }
    throw failure;
  }

  async close(): Promise<void> {
    this.#life.abort(new Error('The connection was closed'));
    await this.#pool.close();
  }

  /** Opens the connection with a look at what the vendor says of the model: a wrong key is known before anybody talks. */
  async #reach(address: URL, signal: AbortSignal): Promise<void> {
    const { vendor, model, headers, secrets, modelPage } = this.#protocol;
    const page = modelPage(address);
    const reply = await this.#pool.open(page, signal, headers);
    this.#refused = pageFailure(reply, { name: vendor, model, address: page.host + page.pathname, secrets });
  }

  async #load(address: URL): Promise<void> {
    const { clock, log } = this.#options;
    const request = { system: '', messages: [{ role: 'user' as const, content: 'Hi' }], maxTokens: 1 };
    const answer = new HostedAnswer({
      ...{
        protocol: this.#protocol,
        pool: this.#pool,
        address,
        ...this.#options,
        firstTokenMs: LOAD_WITHIN_MS,
      },
      ...{ request: { ...request, signal: this.#life.signal }, firstDueMs: clock.now() + LOAD_WITHIN_MS },
    });
    try {
      await Array.fromAsync(answer.events());
    } catch (error) {
      if (!this.#life.signal.aborted) log.warn({ err: error }, 'a local model could not be loaded ahead');
    }
  }

  #order(): URL[] {
    return [this.#preferred, ...this.#protocol.addresses.filter((address) => address !== this.#preferred)];
  }

  #rest(address: URL, restMs: number): void {
    this.#restUntilMs.set(address, this.#options.clock.now() + Math.min(restMs, LONGEST_REST_MS));
  }

  #throwIfResting(address: URL): void {
    const leftMs = (this.#restUntilMs.get(address) ?? 0) - this.#options.clock.now();
    if (leftMs > 0) throw resting(this.#protocol.vendor, leftMs);
    this.#restUntilMs.delete(address);
  }
}

const isExposed = ({ protocol, hostname }: URL): boolean => protocol === 'http:' && !isThisMachine(hostname);

/** Not when time is over, or when the vendor will say the same wherever it is asked. */
function mayBeBetterElsewhere({ code, retryable }: ParleyError): boolean {
  if (code === 'LLM_FIRST_TOKEN_LATE' || code === 'LLM_CLOSED') return false;
  const wrongPlace = [
    'LLM_NO_SUCH_ROUTE',
    'LLM_NOT_AN_API',
    'LLM_REDIRECTED',
    'LLM_UNTRUSTED',
    'LLM_BAD_STREAM',
  ];
  return retryable || wrongPlace.includes(code) || code === 'LLM_PAYMENT_REQUIRED';
}
