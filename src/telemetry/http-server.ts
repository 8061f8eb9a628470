/** A small local HTTP server for whoever watches the program: each path answers with a text. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

export interface Page {
  status: number;
  /** Plain text unless given. */
  type?: string;
  text: string;
}

export interface HttpServerOptions {
  host: string;
  /** 0 is any free one. */
  port: number;
  /** By path: "/metrics". A rejection is answered with 500, and logged. */
  pages: Readonly<Record<string, () => Promise<Page>>>;
  log: Log;
}

export interface HttpServer {
  /** With the port that was taken: "http://127.0.0.1:9464". */
  readonly url: string;
  close(): Promise<void>;
}

/** Far more than watch one process. */
const MAX_CONNECTIONS = 32;
const PLAIN = 'text/plain; charset=utf-8';

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program has that port: give METRICS_PORT another one.',
  EACCES: 'Ports below 1024 are for administrators: give METRICS_PORT a higher one.',
  EADDRNOTAVAIL: 'This machine has no such address: leave METRICS_HOST empty, or give one that it has.',
};
const OTHER_REMEDY = 'Check METRICS_HOST and METRICS_PORT.';

/** Rejects with a ParleyError (`METRICS_PORT`) when it cannot listen there. */
export async function openHttpServer({ host, port, pages, log }: HttpServerOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    request.resume();
    response.on('error', () => undefined);
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answer(response, { status: 405, text: 'Only GET and HEAD are answered.\n' });
    }
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (!page)
      return answer(response, { status: 404, text: `Choose one of: ${Object.keys(pages).join(', ')}\n` });
    page().then(
      (ready) => answer(response, ready),
      (error: unknown) => {
        log.error({ path, err: error }, 'page could not be made');
        answer(response, { status: 500, text: 'It failed; the log says why.\n' });
      },
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await once(server.listen({ host, port }), 'listening');
  } catch (error) {
    throw cannotListen(host, port, error);
  }
  server.on('error', (error) => log.error({ err: error }, 'metrics server error'));
  const { address, family, port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(response: ServerResponse, { status, type = PLAIN, text }: Page): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
}

function cannotListen(host: string, port: number, cause: unknown): ParleyError {
  const code = cause instanceof Error ? String(Reflect.get(cause, 'code')) : '';
  return new ParleyError(`Metrics cannot be served on ${host}, port ${port} (${code})`, {
    code: 'METRICS_PORT',
    remedy: REMEDIES[code] ?? OTHER_REMEDY,
    cause,
  });
}
