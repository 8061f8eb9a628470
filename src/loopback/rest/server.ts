/** The REST API (version 10) over plain HTTP: reads requests, checks the token, asks the routers, words the answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { EventLog } from '../log.ts';
import type { Timers } from '../timers.ts';
import { parseBody, readBody } from './body.ts';
import type { RestAnswer, RestRequest, Router } from './http.ts';
import { bucketHeaders, type LimitScope, type RateLimits, tooManyRequests } from './rate-limits.ts';
import { notFound, RestError } from './refusals.ts';

const PREFIX = ['api', 'v10'];
/** Interactions carry a token of their own in the path; where the gateway is, anybody may ask. */
const isOpen = ([root, ...rest]: readonly string[]): boolean =>
  root === 'interactions' || root === 'webhooks' || (root === 'gateway' && rest.length === 0);

export interface RestFault {
  /** Matched against method and path, such as `POST /channels/1/messages`. */
  match: RegExp;
  /** 429, or a 5xx; null answers as usual, only late. */
  status: number | null;
  /** How many requests fail; then the fault is over. */
  times: number;
  /** For 429. */
  retryAfterMs?: number;
  /** For 429: whose limit it is; `user` unless given. */
  scope?: LimitScope;
  /** The answer waits for so long; Infinity leaves the request unanswered. */
  delayMs?: number;
}

export interface RestServerOptions {
  /** The bot's token; null once it was revoked. */
  token(): string | null;
  log: EventLog;
  routers: readonly Router[];
  timers: Timers;
  /** Null lets everything through, without headers. */
  limits: RateLimits | null;
  /** Requests that are made to fail. */
  faults: RestFault[];
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export class RestServer {
  readonly #options: RestServerOptions;
  readonly #server: Server;

  constructor(options: RestServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on('upgrade', options.onUpgrade);
  }

  /** Listens on 127.0.0.1; port 0 is a free one. Rejects when the port is taken. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request);
    if (!answer) return;
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.replace(/^\/api\/v10/, '');
    this.#options.log.add('rest', { method: request.method, path, status: answer.status });
    if (answer.body === undefined) {
      response.writeHead(answer.status, answer.headers);
      response.end();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  }

  #refusal(error: unknown): RestAnswer {
    if (!(error instanceof RestError)) {
      this.#options.log.add('rest.crash', { reason: String(error) });
      return { status: 500, body: { message: 'Internal server error', code: 0 } };
    }
    const { status, code, message, errors } = error;
    return { status, body: { message, code, ...(errors === undefined ? {} : { errors }) } };
  }

  /** Null leaves the request unanswered. */
  async #answer(request: IncomingMessage): Promise<RestAnswer | null> {
    let headers: Record<string, string> = {};
    try {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const segments = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
      const method = request.method ?? 'GET';
      const bytes = await readBody(request);
      const path = segments.slice(PREFIX.length);
      if (PREFIX.some((part, i) => segments[i] !== part)) throw notFound();
      const fault = this.#fault(`${method} /${path.join('/')}`);
      if (fault && !(await this.#wait(fault.delayMs ?? 0))) return null;
      if (fault && fault.status !== null) return this.#failure(fault.status, fault);
      const limited = this.#options.limits?.take(method, path) ?? { headers: {} };
      if ('refusal' in limited) return limited.refusal;
      headers = limited.headers;
      const authorized = request.headers.authorization === `Bot ${this.#options.token()}`;
      if (!authorized && !isOpen(path)) throw new RestError(401, 0, '401: Unauthorized');
      const { body, files } = parseBody(request.headers['content-type'], bytes);
      const parsed: RestRequest = { method, path, query: url.searchParams, authorized, body, files };
      for (const route of this.#options.routers) {
        const answer = route(parsed);
        if (answer) return { ...answer, headers: { ...headers, ...answer.headers } };
      }
      throw notFound();
    } catch (error) {
      return { ...this.#refusal(error), headers };
    }
  }

  #fault(line: string): RestFault | null {
    const fault = this.#options.faults.find(({ match, times }) => times > 0 && match.test(line));
    if (!fault) return null;
    fault.times -= 1;
    return fault;
  }

  /** False when the wait has no end. */
  async #wait(ms: number): Promise<boolean> {
    if (!Number.isFinite(ms)) return false;
    if (ms > 0) await new Promise<void>((resolve) => this.#options.timers.after(ms, resolve));
    return true;
  }

  #failure(status: number, { retryAfterMs = 0, scope = 'user' }: RestFault): RestAnswer {
    if (status !== 429) return { status, body: { message: 'Server error', code: 0 } };
    const headers = scope === 'global' ? {} : bucketHeaders('fault', 1, 0, retryAfterMs);
    return tooManyRequests(scope, retryAfterMs, headers);
  }
}
