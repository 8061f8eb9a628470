/** HTTP to a vendor over connections that are opened ahead and kept: a cold one costs three round trips. */
import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { HttpBody } from './http-body.ts';
import { HttpHost, type Taken } from './http-host.ts';
import { isLostConnection, networkFailure } from './network-failures.ts';

/** A connection that was idle for longer may be dead without a sign: it is tried before it is needed. */
const FRESH_MS = 30_000;
const WARM_WITHIN_MS = 3_000;
const MAX_PAGE_BYTES = 65_536;

export interface HttpPoolOptions {
  clock: Clock;
  log: Log;
  /** Begins the codes of its errors: "LLM" makes LLM_UNREACHABLE. */
  codePrefix: string;
}

export interface HttpRequest {
  url: URL;
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** Carries every deadline: the pool has none of its own. */
  signal: AbortSignal;
  /** Whether it is posted anew when a kept connection turns out to be closed; false for who does that himself. */
  again?: boolean;
  /** Each time that its connection was lost before the reply began: whether the vendor had read it, nobody knows. */
  onLost?(): void;
}

export interface HttpReply {
  status: number;
  /** How long it took to have a connection, a dead one that was tried first included; null when one was open. */
  connectMs: number | null;
  /** By lower-case name; repeated ones are joined by commas. */
  headers: Readonly<Record<string, string>>;
  body: HttpBody;
}

/** What a host answered to a request that only opens a connection. */
export interface PageReply {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Its beginning. */
  body: string;
}

export class HttpPool {
  readonly #options: HttpPoolOptions;
  readonly #hosts = new Map<string, HttpHost>();
  /** Hosts to which a connection is being opened or tried, in the background. */
  readonly #warming = new Map<HttpHost, Promise<void>>();
  readonly #life = new AbortController();

  constructor(options: HttpPoolOptions) {
    this.#options = options;
  }

  /**
   * Posts, and resolves with the head of the reply; redirects are not followed, as they would carry the key away.
   * Rejects with a ParleyError, or the signal's reason. A kept connection that turns out to be closed is replaced.
   */
  async post(request: HttpRequest): Promise<HttpReply> {
    request.signal.throwIfAborted();
    this.#life.signal.throwIfAborted();
    const host = this.#host(request.url);
    const taken = host.take();
    const { clock } = this.#options;
    const sentMs = clock.now();
    let lost: unknown;
    try {
      return await this.#send(taken, request);
    } catch (error) {
      if (!taken.kept || request.signal.aborted || !isLostConnection(error))
        throw this.#failure(error, request);
      lost = error;
    }
    host.dropIdle();
    if (request.again === false) throw this.#failure(lost, request);
    const lostMs = clock.now() - sentMs;
    try {
      const reply = await this.#send(host.take(), request);
      return { ...reply, connectMs: lostMs + (reply.connectMs ?? 0) };
    } catch (error) {
      throw this.#failure(error, request);
    }
  }

  /**
   * Opens a connection to the host of this address, or tries one that is open: resolves with what it answers, whatever
   * that is. Rejects with a ParleyError, or the signal's reason.
   * @param given besides the pool's own headers.
   */
  async open(
    url: URL,
    signal: AbortSignal,
    given: Readonly<Record<string, string>> = {},
  ): Promise<PageReply> {
    signal.throwIfAborted();
    this.#life.signal.throwIfAborted();
    const host = this.#host(url);
    const { clock, codePrefix } = this.#options;
    const deadline = { clock, afterMs: WARM_WITHIN_MS, signal, code: `${codePrefix}_UNREACHABLE` };
    const text = { what: `Reaching ${url.host}`, remedy: 'Check the network and the address.' };
    return await withDeadline({ ...deadline, ...text }, async (ended) => {
      const headers = { accept: 'application/json', 'user-agent': 'parley', ...given };
      const failure = (error: unknown) => this.#failure(error, { url, signal: ended });
      try {
        const { client, answered } = host.take();
        const reply = await client.request({ path: url.pathname, method: 'GET', headers, signal: ended });
        answered();
        const body = await new HttpBody(reply.body, clock, failure).text(MAX_PAGE_BYTES);
        return { status: reply.statusCode, headers: plainHeaders(reply.headers), body };
      } catch (error) {
        throw failure(error);
      }
    });
  }

  /** Sees to it, in the background, that a connection is free and alive; does nothing when one surely is. */
  warm(url: URL): void {
    if (this.#life.signal.aborted) return;
    const host = this.#host(url);
    if (this.#warming.has(host) || host.idleMs < FRESH_MS) return;
    const warming = this.open(url, this.#life.signal)
      .then(() => undefined)
      .catch((error) => {
        if (!this.#life.signal.aborted)
          this.#options.log.debug({ err: error }, 'a connection could not be warmed');
      })
      .finally(() => this.#warming.delete(host));
    this.#warming.set(host, warming);
  }

  /** Ends all that is under way and closes every connection. */
  async close(): Promise<void> {
    this.#life.abort(this.#closed());
    const hosts = [...this.#hosts.values()];
    this.#hosts.clear();
    await Promise.all(hosts.map((host) => host.destroy(this.#closed())));
    await Promise.all(this.#warming.values());
  }

  async #send(taken: Taken, { url, headers, body, signal, onLost }: HttpRequest): Promise<HttpReply> {
    const { clock } = this.#options;
    const sentMs = clock.now();
    let connectMs: number | null = null;
    // Also one that seemed open, and turns out not to be before anything was sent over it.
    const onConnect = () => {
      connectMs = clock.now() - sentMs;
    };
    taken.client.on('connect', onConnect);
    const sent = taken.client.request({
      ...{ path: url.pathname + url.search, method: 'POST', body, signal },
      headers: { 'user-agent': 'parley', ...headers },
    });
    // One is busy from now on: the next request shall not wait for another, nor when this one is cut off.
    this.warm(url);
    const reply = await sent
      .catch((error: unknown) => {
        if (!signal.aborted && isLostConnection(error)) onLost?.();
        throw error;
      })
      .finally(() => taken.client.off('connect', onConnect));
    taken.answered();
    return {
      ...{ status: reply.statusCode, connectMs },
      headers: plainHeaders(reply.headers),
      body: new HttpBody(reply.body, clock, (error) => this.#failure(error, { url, signal })),
    };
  }

  #host({ origin }: URL): HttpHost {
    const host = this.#hosts.get(origin) ?? new HttpHost(origin, this.#options.clock);
    this.#hosts.set(origin, host);
    return host;
  }

  #failure(error: unknown, { url, signal }: { url: URL; signal: AbortSignal }): unknown {
    if (signal.aborted) return signal.reason;
    if (this.#life.signal.aborted) return this.#life.signal.reason;
    return networkFailure(error, url.host, this.#options.codePrefix);
  }

  #closed(): ParleyError {
    return new ParleyError('The connection was closed', {
      code: `${this.#options.codePrefix}_CLOSED`,
      remedy: 'Nothing: whoever used it has left.',
    });
  }
}

const plainHeaders = (headers: Readonly<Record<string, string | string[] | undefined>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
