/** A server of OpenAI's `/audio/transcriptions` on localhost, as speaches is one, with the faults that a test asks for. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock, type Timer } from '../../../src/base/clock.ts';
import type { VendorEar } from './elevenlabs-scribe.ts';
import { ToneEar } from './tone-speech.ts';

export interface TranscriptionScript {
  delayMs?: number;
  /** How it streams, when it is asked to; it answers with JSON when this is not given. */
  streams?: 'openai' | 'segments' | 'error';
  fault?: 'hangs' | 'cut in the middle' | 'reset' | 'html' | 'text' | { status: number; body?: unknown };
}

export interface TranscriptionOptions {
  apiKey?: string;
  clock?: Clock;
  model?: string;
  /** By the number of the post. */
  script?: (index: number) => TranscriptionScript;
  /** Of each utterance; it hears tones unless given. */
  ear?: () => VendorEar;
}

interface Asked {
  headers: IncomingMessage['headers'];
  fields: Readonly<Record<string, string>>;
  audioMs: number;
  text: string;
  cutOff: boolean;
}

export class TranscriptionVendor {
  readonly asked: Asked[] = [];
  readonly #options: TranscriptionOptions;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<Timer>();
  readonly #server = createServer((request, response) => void this.#onRequest(request, response));
  #waiting: { fits: () => boolean; resolve: () => void }[] = [];

  constructor(options: TranscriptionOptions = {}) {
    this.#options = options;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#changed();
      });
    });
  }

  static async listen(options: TranscriptionOptions = {}): Promise<TranscriptionVendor> {
    const vendor = new TranscriptionVendor(options);
    vendor.#server.listen(0, '127.0.0.1');
    await once(vendor.#server, 'listening');
    return vendor;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  get open(): number {
    return this.#sockets.size;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async until(fits: () => boolean): Promise<void> {
    if (fits()) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push({ fits, resolve });
    });
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      return;
    }
    if (request.method !== 'POST') return json(response, 405, { detail: 'Method Not Allowed' });
    const { script, apiKey, model, ear = () => new ToneEar() } = this.#options;
    const how = script?.(this.asked.length) ?? {};
    const asked = { ...readForm(Buffer.concat(parts), request.headers, ear), cutOff: false };
    this.asked.push(asked);
    response.once('close', () => {
      asked.cutOff = !response.writableFinished;
      this.#changed();
    });
    this.#changed();
    if (request.url !== '/v1/audio/transcriptions') return json(response, 404, { detail: 'Not Found' });
    if (apiKey && request.headers.authorization !== `Bearer ${apiKey}`) {
      const message = `Incorrect API key provided: ${request.headers.authorization}`;
      return json(response, 401, { error: { message, type: 'invalid_request_error' } });
    }
    if (model && asked.fields.model !== model) return json(response, 404, { detail: 'No such model' });
    this.#after(how.delayMs ?? 0, () => this.#answer(response, how, asked));
  }

  #answer(response: ServerResponse, { fault, streams }: TranscriptionScript, { fields, text }: Asked): void {
    if (fault === 'hangs') return;
    if (fault === 'reset') return void response.destroy();
    if (fault === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    if (fault === 'text')
      return void response.writeHead(200, { 'content-type': 'text/plain' }).end(` ${text}\n`);
    if (fault === 'cut in the middle') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{"text":"', () => response.socket?.destroySoon());
      return;
    }
    if (typeof fault === 'object') return json(response, fault.status, fault.body ?? {});
    if (!streams || fields.stream !== 'true') return json(response, 200, { text: ` ${text}` });
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    const words = text.split(' ');
    const frames =
      streams === 'segments'
        ? words.map((word) => ({ text: word }))
        : [
            ...words.map((word, i) => ({
              type: 'transcript.text.delta',
              delta: i === 0 ? word : ` ${word}`,
            })),
            streams === 'error'
              ? { type: 'error', error: { message: 'out of memory' } }
              : { type: 'transcript.text.done', text },
          ];
    const bytes = Buffer.from(frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join(''));
    // In pieces that end anywhere.
    for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
    response.end();
  }

  #after(ms: number, fn: () => void): void {
    if (ms === 0) return fn();
    const timer = (this.#options.clock ?? systemClock).setTimer(ms, () => {
      this.#timers.delete(timer);
      fn();
    });
    this.#timers.add(timer);
  }

  #changed(): void {
    const done = this.#waiting.filter(({ fits }) => fits());
    this.#waiting = this.#waiting.filter((waiter) => !done.includes(waiter));
    for (const { resolve } of done) resolve();
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The fields, and what is heard in the file. */
function readForm(body: Buffer, headers: IncomingMessage['headers'], makeEar: () => VendorEar) {
  const boundary = /boundary=(\S+)/.exec(headers['content-type'] ?? '')?.[1] ?? 'none';
  const text = body.toString('latin1');
  const fields = Object.fromEntries(
    [...text.matchAll(/name="([\w[\]]+)"\r\n\r\n([\s\S]*?)\r\n--/g)].map(([, name, value]) => [
      name!,
      Buffer.from(value!, 'latin1').toString('utf8'),
    ]),
  );
  const from = text.indexOf('RIFF');
  const to = text.lastIndexOf(`\r\n--${boundary}--`);
  const ear = makeEar();
  if (from < 0 || to < 0 || body.readUInt32LE(from + 24) !== 16_000) throw new Error('no WAV at 16 kHz');
  const pcm = body.subarray(from + 44, from + 44 + body.readUInt32LE(from + 40));
  if (from + 44 + pcm.length !== to) throw new Error('a WAV of another length');
  ear.accept(pcm);
  const heard = ear.text;
  ear.clear();
  return { headers, fields, audioMs: pcm.length / 32, text: heard };
}
