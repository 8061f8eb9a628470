/** The thread behind Watcher. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import type { Watched } from './watcher.ts';

const SCRAPE_EVERY_MS = 1_000;

const watched: Watched = { exports: 0, bytes: 0, scrapes: 0 };
let metricsUrl: string | null = null;
const server = createServer((request, response) => {
  request.on('data', (chunk: Buffer) => {
    watched.bytes += chunk.length;
  });
  request.on('end', () => {
    watched.exports += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
});
server.listen(0, '127.0.0.1', () => {
  parentPort?.postMessage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
setInterval(async () => {
  if (metricsUrl === null) return;
  try {
    const response = await fetch(`${metricsUrl}/metrics`);
    if ((await response.text()).includes('parley_turns_total')) watched.scrapes += 1;
  } catch {
    // The round has just ended, and the server with it.
  }
}, SCRAPE_EVERY_MS);
parentPort?.on('message', (message: { scrape?: string | null; stop?: true }) => {
  if (message.stop) parentPort?.postMessage(watched);
  else metricsUrl = message.scrape ?? null;
});
