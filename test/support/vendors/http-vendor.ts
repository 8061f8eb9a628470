/** A vendor's HTTP server on this machine: streams what it is told to, with delays and faults, and keeps what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** How one request is treated; all of it as the vendor would when left out. */
export interface Behaviour {
  /** From the request to the first frame that holds text. */
  firstTokenMs?: number;
  tokensPerSecond?: number;
  fault?: Fault;
}

export type Fault =
  /** The connection is closed before a byte of the reply. */
  | 'reset'
  /** Nothing comes, ever. */
  | 'silence'
  /** The first frame, then nothing. */
  | 'stall after first event'
  /** Half of the frames, then nothing. */
  | 'stall'
  /** Half of the frames, then the proper end of the body. */
  | 'truncated'
  /** Half of the bytes, then the connection is gone. */
  | 'cut'
  /** All frames, but the body does not end. */
  | 'endless'
  /** Bytes in threes: through frames, and through the bytes of one letter. */
  | 'split'
  /** Lines end in CRLF. */
  | 'crlf'
  | 'empty'
  | 'html'
  /** One JSON body although a stream was asked for. */
  | 'json'
  /** An error that the vendor reports within the stream, before or after some text. */
  | 'error event'
  | 'late error event'
  | 'refusal'
  /** The model thinks before it writes. */
  | 'thinking'
  | 'only thinking'
  | { cutAfterBytes: number }
  | { status: number; headers?: Record<string, string>; body?: unknown };

/** What the vendor was asked. */
export interface Asked {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  /** Parsed; null for none. */
  body: Readonly<Record<string, unknown>> | null;
  /** The client went away before the reply was complete. */
  cutOff: boolean;
  /** Which connection it came over, from 0. */
  connection: number;
}

/** What a vendor says to one request. */
export type Reply =
  | { status: number; body: unknown }
  | { frames: readonly string[]; firstText: number; json: unknown };

export interface HttpVendorOptions {
  /** @param index of the posts, from 0. */
  behaviour?: ((index: number) => Behaviour) | undefined;
  /** Requests that only open a connection are not answered. */
  ignoresWarming?: boolean;
  /** What is answered to requests that only open a connection: "method not allowed" when left out. */
  page?(asked: Pick<Asked, 'path' | 'headers'>): { status: number; body: unknown };
  /** @param fault for those that only the vendor can act out. */
  reply(asked: Asked, fault: Fault | undefined): Reply;
}

export class HttpVendor {
  /** Everything posted, oldest first. */
  readonly asked: Asked[] = [];
  /** Requests that only open a connection. */
  warmed = 0;
  /** Connections there were so far. */
  connections = 0;
  readonly #server = createServer((request, response) => void this.#onRequest(request, response));
  readonly #sockets = new Map<Socket, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #options: HttpVendorOptions;
  #waiting: { holds: () => boolean; resolve: () => void }[] = [];

  constructor(options: HttpVendorOptions) {
    this.#options = options;
    // A client decides by itself how long it keeps a connection.
    this.#server.keepAliveTimeout = 0;
    this.#server.on('connection', (socket) => {
      this.#sockets.set(socket, this.connections++);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.#changed();
      });
      socket.on('error', () => undefined);
      this.#changed();
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** The base address. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Resolves once `holds` does; it is looked at whenever something happens here. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => this.#waiting.push({ holds, resolve }));
  }

  /** Closes every connection, as a vendor does with idle ones; more may come. */
  dropConnections(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.dropConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const text = await bodyOf(request).catch(() => null);
    if (text === null) return;
    const path = request.url ?? '';
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    if (request.method !== 'POST') {
      this.warmed += 1;
      if (this.#options.ignoresWarming) return this.#changed();
      const { status, body } = this.#options.page?.({ path, headers }) ?? NO_PAGE;
      send(response, status, body);
      return this.#changed();
    }
    const index = this.asked.length;
    const asked: Asked = {
      ...{ method: request.method, path, headers, body: parsed(text), cutOff: false },
      connection: this.#sockets.get(request.socket) ?? -1,
    };
    this.asked.push(asked);
    response.on('close', () => {
      asked.cutOff = !response.writableFinished;
      this.#changed();
    });
    const behaviour = this.#options.behaviour?.(index) ?? {};
    this.#changed();
    this.#answer(response, behaviour, this.#options.reply(asked, behaviour.fault));
  }

  #answer(response: ServerResponse, behaviour: Behaviour, reply: Reply): void {
    const { fault } = behaviour;
    if (fault === 'silence') return;
    if (fault === 'reset') return void response.destroy();
    if (typeof fault === 'object' && 'status' in fault) {
      return send(response, fault.status, fault.body ?? '', fault.headers);
    }
    if (!('frames' in reply)) return send(response, reply.status, reply.body);
    if (fault === 'empty') return send(response, 200, '');
    if (fault === 'html') return send(response, 200, PAGE, { 'content-type': 'text/html' });
    if (fault === 'json')
      return this.#after(behaviour.firstTokenMs ?? 0, () => send(response, 200, reply.json));
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    });
    this.#stream(response, behaviour, reply.frames, reply.firstText);
  }

  #stream(
    response: ServerResponse,
    behaviour: Behaviour,
    frames: readonly string[],
    firstText: number,
  ): void {
    const { fault, firstTokenMs = 0, tokensPerSecond } = behaviour;
    const half = firstText + Math.max(1, Math.floor((frames.length - firstText) / 2));
    const stops = fault === 'stall' || fault === 'truncated';
    const count = fault === 'stall after first event' ? 1 : stops ? half : frames.length;
    const bytes = frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0);
    let left = Number.POSITIVE_INFINITY;
    if (fault === 'cut') left = Math.floor(bytes / 2);
    if (typeof fault === 'object' && 'cutAfterBytes' in fault) left = fault.cutAfterBytes;
    // By the clock, so that timers that fire late do not slow the stream down.
    let dueMs = performance.now();
    const write = (from: number) => {
      for (let i = from; i < count; i++) {
        const frame = fault === 'crlf' ? frames[i]!.replaceAll('\n', '\r\n') : frames[i]!;
        const data = Buffer.from(frame).subarray(0, left);
        left -= data.length;
        if (fault === 'split')
          for (let at = 0; at < data.length; at += 3) response.write(data.subarray(at, at + 3));
        else if (data.length > 0) response.write(data);
        // What was written so far still leaves.
        if (left <= 0) return void response.socket?.destroySoon();
        const waitMs =
          i + 1 === firstText
            ? firstTokenMs
            : i + 1 > firstText && tokensPerSecond
              ? 1000 / tokensPerSecond
              : 0;
        dueMs += waitMs;
        if (waitMs > 0) return this.#after(dueMs - performance.now(), () => write(i + 1));
      }
      if (fault !== 'stall after first event' && fault !== 'stall' && fault !== 'endless') response.end();
    };
    write(0);
  }

  #after(ms: number, fn: () => void): void {
    if (ms <= 0) return fn();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      fn();
    }, ms);
    this.#timers.add(timer);
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ holds }) => !holds());
    for (const one of waiting) if (!this.#waiting.includes(one)) one.resolve();
  }
}

const NO_PAGE = { status: 405, body: { error: 'method_not_allowed' } };

/** An answer as it is written: of a text, each word is a token. */
export const tokensOf = (answer: string | readonly string[]): readonly string[] =>
  typeof answer === 'string' ? (answer.match(/\S+\s*/g) ?? []) : answer;

export const PAGE =
  '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>';

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>);
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): Record<string, unknown> | null {
  return text ? (JSON.parse(text) as Record<string, unknown>) : null;
}
