/** A vendor's WebSocket server on localhost: keeps who came, and refuses or cuts them off as told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

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

export class SocketVendor {
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
