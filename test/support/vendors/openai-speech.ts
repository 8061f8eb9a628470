/** A local server of OpenAI's `/audio/speech`: raw PCM in pieces, with delays and faults. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { type ByteFault, sendBytes } from './sent-bytes.ts';
import { toneFor } from './tone-voice.ts';

export interface SpeechFault extends ByteFault {
  refuse?: { status: number; body: string };
  leadingSilenceMs?: number;
  /** Answers with something else than PCM. */
  instead?: 'wave' | 'mp3' | 'json' | 'nothing';
}

export const OPENAI_KEY = 'sk-proj-0123456789-secret';

export class LocalSpeechServer {
  /** By the number of the request, from 0. */
  fault: (n: number) => SpeechFault = () => ({});
  /** Whether what was asked is kept: not in a run that measures memory. */
  keep = true;
  readonly requests: { headers: IncomingMessage['headers']; body: Record<string, unknown> }[] = [];
  readonly connections = new Set<Socket>();
  #asked = 0;
  readonly #clock: Clock;
  readonly #server: Server;

  private constructor(clock: Clock) {
    this.#clock = clock;
    this.#server = createServer((request, response) => void this.#onRequest(request, response));
    this.#server.on('connection', (socket) => {
      this.connections.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.connections.delete(socket));
    });
  }

  static async start(clock: Clock = systemClock): Promise<LocalSpeechServer> {
    const server = new LocalSpeechServer(clock);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request).catch(() => '');
    if (request.method !== 'POST' || request.url !== '/v1/audio/speech') {
      response.statusCode = request.url === '/v1/audio/speech' ? 405 : 404;
      response.end('{"error":{"message":"Not found"}}');
      return;
    }
    const body = JSON.parse(text) as Record<string, unknown>;
    if (this.keep) this.requests.push({ headers: request.headers, body });
    const fault = this.fault(this.#asked++);
    if (fault.refuse) {
      response.statusCode = fault.refuse.status;
      response.end(fault.refuse.body);
      return;
    }
    if (fault.instead === 'json') response.setHeader('content-type', 'application/json');
    if (fault.instead === 'mp3') response.setHeader('content-type', 'audio/mpeg');
    if (fault.instead === 'nothing' || fault.instead === 'json' || fault.instead === 'mp3') {
      response.end(fault.instead === 'nothing' ? '' : '{}');
      return;
    }
    const pcm = Buffer.from(toneFor(String(body.input), fault.leadingSilenceMs).buffer);
    const bytes = fault.instead === 'wave' ? Buffer.concat([Buffer.from('RIFF....WAVE'), pcm]) : pcm;
    await sendBytes(response, bytes, fault, this.#clock);
  }
}
