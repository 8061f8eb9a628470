/** HTTP to a vendor over connections that are opened ahead and kept: a cold one costs three round trips. */
import { Pool } from 'undici';
import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { HttpBody } from './http-body.ts';
import { isLostConnection, networkFailure } from './network-failures.ts';

/** Vendors close idle connections after one to six minutes; a hint of theirs below this is obeyed. */
const KEEP_ALIVE_MS = 120_000;
/** A connection that was idle for longer may be dead without a sign: it is tried before it is needed. */
const FRESH_MS = 30_000;
const WARM_WITHIN_MS = 3_000;
/** The vendor may have read a request that it did not answer: it is not sent more often than this again. */
const MAX_REPLACED = 2;

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
}

export interface HttpReply {
  status: number;
  /** By lower-case name; repeated ones are joined by commas. */
  headers: Readonly<Record<string, string>>;
  body: HttpBody;
}

interface Host {
  pool: Pool;
  /** When it last answered anything. */
  answeredMs: number;
  /** The request that opens or tries a connection, while it is under way. */
  warming: Promise<void> | null;
}

export class HttpPool {
  readonly #options: HttpPoolOptions;
  readonly #hosts = new Map<string, Host>();
  readonly #life = new AbortController();

  constructor(options: HttpPoolOptions) {
    this.#options = options;
  }

  /**
   * Posts, and resolves with the head of the reply; redirects are not followed, as they would carry the key away.
   * Rejects with a ParleyError, or the signal's reason. A kept connection that turns out to be closed is replaced.
   */
  async post(request: HttpRequest): Promise<HttpReply> {
    const host = this.#host(request.url);
    for (let replaced = Math.min(host.pool.stats.connected, MAX_REPLACED); ; replaced--) {
      try {
        return await this.#send(host, request);
      } catch (error) {
        const stale = replaced > 0 && !request.signal.aborted && isLostConnection(error);
        if (!stale) throw this.#failure(error, request);
      }
    }
  }

  /** Opens a connection to the host of this address, or tries one that is open; what it answers does not matter. */
  async open(url: URL, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#life.signal.throwIfAborted();
    const host = this.#host(url);
    const { clock, codePrefix } = this.#options;
    const deadline = { clock, afterMs: WARM_WITHIN_MS, signal, code: `${codePrefix}_UNREACHABLE` };
    const text = { what: `Reaching ${url.host}`, remedy: 'Check the network and the address.' };
    await withDeadline({ ...deadline, ...text }, async (ended) => {
      const headers = { accept: 'application/json', 'user-agent': 'parley' };
      try {
        const reply = await host.pool.request({ path: url.pathname, method: 'GET', headers, signal: ended });
        host.answeredMs = clock.now();
        await reply.body.dump({ limit: 65_536 });
      } catch (error) {
        throw this.#failure(error, { url, signal: ended });
      }
    });
  }

  /** Sees to it, in the background, that a connection is free and alive; does nothing when one surely is. */
  warm(url: URL): void {
    if (this.#life.signal.aborted) return;
    const host = this.#host(url);
    const fresh = this.#options.clock.now() - host.answeredMs < FRESH_MS;
    if (host.warming || (fresh && host.pool.stats.free > 0)) return;
    host.warming = this.open(url, this.#life.signal)
      .catch((error) => {
        if (!this.#life.signal.aborted)
          this.#options.log.debug({ err: error }, 'a connection could not be warmed');
      })
      .finally(() => {
        host.warming = null;
      });
  }

  /** Ends all that is under way and closes every connection. */
  async close(): Promise<void> {
    this.#life.abort(this.#closed());
    const hosts = [...this.#hosts.values()];
    this.#hosts.clear();
    await Promise.all(hosts.map(({ pool }) => pool.destroy(this.#closed())));
    await Promise.all(hosts.map(({ warming }) => warming));
  }

  async #send(host: Host, { url, headers, body, signal }: HttpRequest): Promise<HttpReply> {
    signal.throwIfAborted();
    this.#life.signal.throwIfAborted();
    const sent = host.pool.request({
      ...{ path: url.pathname + url.search, method: 'POST', body, signal },
      headers: { 'user-agent': 'parley', ...headers },
    });
    // One is busy from now on: the next request shall not wait for another, nor when this one is cut off.
    this.warm(url);
    const reply = await sent;
    host.answeredMs = this.#options.clock.now();
    return {
      status: reply.statusCode,
      headers: Object.fromEntries(
        Object.entries(reply.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
      ),
      body: new HttpBody(reply.body, this.#options.clock, (error) => this.#failure(error, { url, signal })),
    };
  }

  #host({ origin }: URL): Host {
    let host = this.#hosts.get(origin);
    if (!host) {
      const pool = new Pool(origin, {
        // HTTP/2 was measured to be slower for one small request at a time, and its one connection is lost for all.
        ...{ allowH2: false, keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS },
        // Deadlines come from the clock, through signals.
        ...{ headersTimeout: 0, bodyTimeout: 0 },
      });
      host = { pool, answeredMs: Number.NEGATIVE_INFINITY, warming: null };
      this.#hosts.set(origin, host);
    }
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
