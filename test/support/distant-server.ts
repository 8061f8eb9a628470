/** An HTTP server that is some milliseconds away: each answer comes that much later. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export class DistantServer {
  requests = 0;
  open = 0;
  readonly #server;
  #waiting: { holds: () => boolean; resolve: () => void }[] = [];

  private constructor(awayMs: number) {
    this.#server = createServer((_, response) => {
      this.requests += 1;
      setTimeout(() => response.writeHead(404).end(), awayMs);
    });
    this.#server.on('connection', (socket) => {
      this.open += 1;
      socket.on('close', () => {
        this.open -= 1;
        for (const { holds, resolve } of this.#waiting) if (holds()) resolve();
      });
    });
  }

  static async listen(awayMs: number): Promise<DistantServer> {
    const server = new DistantServer(awayMs);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    server.#url = `http://127.0.0.1:${(server.#server.address() as AddressInfo).port}`;
    return server;
  }

  #url = '';
  get url(): string {
    return this.#url;
  }

  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => this.#waiting.push({ holds, resolve }));
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
