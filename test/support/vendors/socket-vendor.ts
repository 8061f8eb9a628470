/** A vendor's WebSocket server on localhost: keeps who came, and refuses or cuts them off as told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock, Timer } from '../../../src/base/clock.ts';

export interface Refuse {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Caller {
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly ws: WebSocket;
}

class SocketServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #waiting: { fits: () => boolean; resolve: () => void }[] = [];
  /** Handshakes so far, refused ones included. */
  handshakes = 0;

  /**
   * @param admit says, by the number of the handshake, how it is refused, or null.
   * @param begin speaks the vendor's protocol with one who was let in.
   */
  constructor(
    admit: (request: IncomingMessage, url: URL, index: number) => Refuse | 'hangs' | null,
    begin: (caller: Caller, index: number) => void,
  ) {
    const sockets = new WebSocketServer({ noServer: true });
    this.#server = createServer();
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      // The other side may be gone already.
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.changed();
      });
    });
    this.#server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url!, 'http://localhost');
      const index = this.handshakes++;
      const refusal = admit(request, url, index);
      this.changed();
      if (refusal === 'hangs') {
        socket.resume().once('end', () => socket.end());
        return;
      }
      if (refusal) {
        const body = JSON.stringify(refusal.body ?? {});
        const headers = {
          'content-length': String(Buffer.byteLength(body)),
          connection: 'close',
          ...refusal.headers,
        };
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.end(`HTTP/1.1 ${refusal.status} No\r\n${lines.join('')}\r\n${body}`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (ws) => {
        ws.on('error', () => undefined);
        begin({ url, headers: request.headers, ws }, index);
        this.changed();
      });
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** To be given as base URL. */
  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Something happened that a test may wait for. */
  changed(): void {
    const done = this.#waiting.filter(({ fits }) => fits());
    this.#waiting = this.#waiting.filter((waiter) => !done.includes(waiter));
    for (const { resolve } of done) resolve();
  }

  async until(fits: () => boolean): Promise<void> {
    if (fits()) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push({ fits, resolve });
    });
  }

  /** Cuts every connection, as a network does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }
}

/** Who was let in: timers, silence that is not suffered for ever, and what is sent, until one of them hangs up. */
export abstract class VendorSession {
  readonly url: URL;
  readonly headers: Caller['headers'];
  protected readonly ws: WebSocket;
  protected readonly clock: Clock;
  readonly #changed: () => void;
  readonly #timers = new Set<Timer>();
  #idle: Timer | null = null;
  closed = false;

  constructor({ url, headers, ws }: Caller, clock: Clock, changed: () => void) {
    this.url = url;
    this.headers = headers;
    this.ws = ws;
    this.clock = clock;
    this.#changed = changed;
    ws.on('close', () => this.stop());
  }

  /** So much audio came, in ms. */
  abstract readonly audioMs: number;

  /** Sends a message of the vendor. */
  send(message: Readonly<Record<string, unknown>>): void {
    if (!this.closed) this.ws.send(JSON.stringify(message));
  }

  hangUp(code = 1000, reason = ''): void {
    this.ws.close(code, reason);
  }

  cut(): void {
    this.ws.terminate();
  }

  stop(): void {
    this.closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#idle?.cancel();
    this.#changed();
  }

  protected changed(): void {
    this.#changed();
  }

  /** Hangs up unless called again in time. */
  protected heard(idleMs: number, hangUp: () => void): void {
    this.#idle?.cancel();
    if (!this.closed) this.#idle = this.clock.setTimer(idleMs, hangUp);
  }

  /** At once for 0; never once it is closed. */
  protected after(ms: number, fn: () => void): void {
    if (ms === 0) return fn();
    const timer = this.clock.setTimer(ms, () => {
      this.#timers.delete(timer);
      fn();
    });
    this.#timers.add(timer);
  }
}

/** A vendor's sockets on localhost, with the sessions that were begun. */
export class SocketVendor<Session extends VendorSession> {
  readonly sessions: Session[] = [];
  readonly #server: SocketServer;

  /**
   * @param admit says, by the number of the handshake, how it is refused, or null.
   * @param begin speaks the vendor's protocol with one who was let in.
   */
  constructor(
    admit: (request: IncomingMessage, url: URL, index: number) => Refuse | 'hangs' | null,
    begin: (caller: Caller, index: number, changed: () => void) => Session,
  ) {
    this.#server = new SocketServer(admit, (caller, index) => {
      this.sessions.push(begin(caller, index, () => this.#server.changed()));
    });
  }

  async listening(): Promise<this> {
    await this.#server.listen();
    return this;
  }

  /** To be given as base URL. */
  get baseUrl(): string {
    return this.#server.baseUrl;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#server.open;
  }

  /** Handshakes so far, refused ones included. */
  get handshakes(): number {
    return this.#server.handshakes;
  }

  /** The session that has been given most audio. */
  get busiest(): Session {
    return this.sessions.toSorted((a, b) => b.audioMs - a.audioMs)[0]!;
  }

  async until(fits: () => boolean): Promise<void> {
    await this.#server.until(fits);
  }

  /** Cuts every connection, as a network does. */
  cut(): void {
    this.#server.cut();
  }

  async close(): Promise<void> {
    await this.#server.close();
    for (const session of this.sessions) session.stop();
  }
}
