/** A local ElevenLabs: its multi-context socket, its HTTP stream and its account pages, with delays and faults. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { type ClauseFault, ContextSocket } from './elevenlabs-contexts.ts';
import { type ByteFault, sendBytes } from './sent-bytes.ts';
import { toneFor } from './tone-voice.ts';

/** The vendor's way to say no. */
export interface VendorRefusal {
  status: number;
  /** The word in `detail.status`; with "html", the body is a page. */
  word: string;
  retryAfterS?: number;
}

/** How one handshake goes. */
export interface SocketFault {
  refuse?: VendorRefusal;
  /** The connection is dropped, or never answered. */
  handshake?: 'drop' | 'hang';
  /** Closed right after it was opened. */
  closeAtOnce?: { code: number; reason: string };
}

export interface StreamFault extends ByteFault {
  refuse?: VendorRefusal;
  leadingSilenceMs?: number;
}

export interface ElevenLabsFaults {
  /** Is listed, and not spoken with. */
  refusedVoice?: string;
  /** By the number of the handshake, from 0. */
  socket?(n: number): SocketFault;
  /** By the number of the flush, from 0, over all sockets. */
  clause?(n: number): ClauseFault;
  /** By the number of the request to the HTTP stream, from 0. */
  stream?(n: number): StreamFault;
  /** By the number of any other request, from 0. */
  page?(n: number): { refuse?: VendorRefusal; hang?: boolean };
  /** Of each context; by default 5, 0 and false. */
  contextLimit?: number;
  finalMs?: number;
  lateAudio?: boolean;
}

export interface SeenRequest {
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

export const ELEVENLABS_KEY = 'sk_0123456789abcdef-secret';
export const ELEVENLABS_VOICE = 'JBFqnCBsd6RMkjVDRZzb';

const CLOSES_AFTER_MS = 800;

const VOICES = [
  { voice_id: ELEVENLABS_VOICE, name: 'George', category: 'premade', labels: { accent: 'british' } },
  { voice_id: 'EXAVITQu4vr4xnSDxMaL', name: 'Sarah', category: 'premade', labels: { accent: 'american' } },
];
const MODELS = [
  { model_id: 'eleven_flash_v2_5', name: 'Eleven Flash v2.5', can_do_text_to_speech: true },
  { model_id: 'eleven_english_sts_v2', name: 'Eleven English v2', can_do_text_to_speech: false },
];

export class LocalElevenLabs {
  faults: ElevenLabsFaults;
  /** Whether what was asked is kept: not in a run that measures memory. */
  keep = true;
  /** Handshakes and HTTP requests, in order. */
  readonly requests: SeenRequest[] = [];
  /** What came over all sockets, in order. */
  readonly messages: Record<string, unknown>[] = [];
  /** Sockets that are open now. */
  readonly sockets = new Set<WebSocket>();
  /** Connections that are open now, of any kind. */
  readonly connections = new Set<Socket>();
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #wss = new WebSocketServer({ noServer: true });
  readonly #asked = { socket: 0, clause: 0, stream: 0, page: 0 };
  #waiting: { fits: () => boolean; resolve: () => void }[] = [];

  private constructor(faults: ElevenLabsFaults, clock: Clock) {
    this.faults = faults;
    this.#clock = clock;
    this.#server = createServer((request, response) => void this.#onRequest(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket as Socket, head));
    this.#server.on('connection', (socket) => {
      this.connections.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        this.connections.delete(socket);
        this.#changed();
      });
    });
  }

  static async start(faults: ElevenLabsFaults = {}, clock: Clock = systemClock): Promise<LocalElevenLabs> {
    const server = new LocalElevenLabs(faults, clock);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Handshakes that were asked for. */
  get handshakes(): number {
    return this.#asked.socket;
  }

  /** Resolves when something came or went that makes it so. */
  async until(fits: () => boolean): Promise<void> {
    if (fits()) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push({ fits, resolve });
    });
  }

  /** Resolves when no connection is open any more. */
  async deserted(): Promise<void> {
    await this.until(() => this.connections.size === 0 && this.sockets.size === 0);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    for (const socket of this.connections) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** How the next of that kind goes. */
  #next<K extends 'socket' | 'clause' | 'stream' | 'page'>(
    kind: K,
  ): ReturnType<NonNullable<ElevenLabsFaults[K]>> | Record<string, never> {
    const n = this.#asked[kind]++;
    const fault = this.faults[kind] as
      | ((n: number) => ReturnType<NonNullable<ElevenLabsFaults[K]>>)
      | undefined;
    return fault?.(n) ?? {};
  }

  #changed(): void {
    const done = this.#waiting.filter(({ fits }) => fits());
    this.#waiting = this.#waiting.filter((one) => !done.includes(one));
    for (const { resolve } of done) resolve();
  }

  #see(request: IncomingMessage, body = ''): URL {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (this.keep)
      this.requests.push({ path: url.pathname, query: url.searchParams, headers: request.headers, body });
    this.#changed();
    return url;
  }

  #refusalOf(request: IncomingMessage, url: URL): VendorRefusal | null {
    if (request.headers['xi-api-key'] !== ELEVENLABS_KEY) return { status: 401, word: 'invalid_api_key' };
    const voice = /^\/v1\/text-to-speech\/([^/]+)\//.exec(url.pathname)?.[1];
    const known = VOICES.some(({ voice_id }) => voice_id === voice) && voice !== this.faults.refusedVoice;
    if (voice && !known) return { status: 404, word: 'voice_not_found' };
    return null;
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const url = this.#see(request);
    const fault = this.#next('socket');
    const refusal = fault.refuse;
    if (refusal || fault.handshake) {
      socket.once('end', () => socket.destroy());
      socket.resume();
    }
    if (fault.handshake === 'hang') return;
    if (fault.handshake === 'drop') return void socket.destroy();
    if (refusal) return void socket.end(rawRefusal(refusal));
    if (!/^\/v1\/text-to-speech\/[^/]+\/multi-stream-input$/.test(url.pathname)) return void socket.destroy();
    this.#wss.handleUpgrade(request, socket, head, (ws) => {
      this.sockets.add(ws);
      ws.once('close', () => {
        this.sockets.delete(ws);
        this.#changed();
      });
      const refused = this.#refusalOf(request, url);
      if (refused) return this.#refuseOn(ws, refused);
      const inactivityS = Number(url.searchParams.get('inactivity_timeout') ?? '20');
      const contexts = new ContextSocket(ws, {
        ...{ clock: this.#clock, inactivityMs: inactivityS * 1000 },
        limit: () => this.faults.contextLimit ?? 5,
        finalMs: () => this.faults.finalMs ?? 0,
        lateAudio: () => this.faults.lateAudio ?? false,
        clause: () => this.#next('clause'),
        onMessage: (message) => {
          if (this.keep) this.messages.push(message);
          this.#changed();
        },
      });
      if (fault.closeAtOnce) contexts.refuse('', fault.closeAtOnce.reason, fault.closeAtOnce.code);
      this.#changed();
    });
  }

  /** Key and voice are looked at behind the handshake: a message says no at once, and the socket closes later. */
  #refuseOn(ws: WebSocket, { word }: VendorRefusal): void {
    const refuse = () => {
      const [error, message] =
        word === 'invalid_api_key'
          ? [word, 'Invalid API key']
          : ['voice_id_does_not_exist', 'A voice with voice_id x1 does not exist.'];
      ws.send(JSON.stringify({ message, error, code: 1008 }));
      const timer = this.#clock.setTimer(CLOSES_AFTER_MS, () => ws.close(1008, message));
      ws.once('close', () => timer.cancel());
    };
    if (word === 'invalid_api_key') refuse();
    else ws.once('message', refuse);
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request).catch(() => '');
    const url = this.#see(request, body);
    const speaks = request.method === 'POST' && /\/text-to-speech\/[^/]+\/stream$/.test(url.pathname);
    if (!speaks) return this.#sendPage(request, response, url);
    const fault = this.#next('stream');
    const refusal = fault.refuse ?? this.#refusalOf(request, url);
    if (refusal) return sendRefusal(response, refusal);
    const { text } = JSON.parse(body) as { text: string };
    const pcm = toneFor(text, fault.leadingSilenceMs);
    await sendBytes(response, Buffer.from(pcm.buffer), fault, this.#clock);
  }

  #sendPage(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const fault = this.#next('page');
    if (fault.hang) return;
    const refusal = fault.refuse ?? this.#refusalOf(request, url);
    if (refusal) return sendRefusal(response, refusal);
    const search = (url.searchParams.get('search') ?? '').toLowerCase();
    const ids = url.searchParams.getAll('voice_ids');
    const voices = VOICES.filter(
      ({ name, voice_id }) =>
        name.toLowerCase().includes(search) && (ids.length === 0 || ids.includes(voice_id)),
    );
    const pages: Record<string, unknown> = {
      '/v2/voices': { voices, has_more: false, total_count: voices.length, next_page_token: null },
      '/v1/models': MODELS,
      '/v1/user/subscription': SUBSCRIPTION,
    };
    const page = pages[url.pathname];
    if (!page) return sendRefusal(response, { status: 404, word: 'not_found' });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(page));
  }
}

const SUBSCRIPTION = {
  ...{ tier: 'creator', character_count: 90_000, character_limit: 100_000, status: 'active' },
  ...{ next_character_count_reset_unix: 1_790_000_000, can_extend_character_limit: true },
  ...{ voice_slots_used: 1, voice_limit: 30, voice_add_edit_counter: 0, professional_voice_limit: 1 },
  ...{ professional_voice_slots_used: 0, professional_voice_slots_used_in_workspace: 0 },
  ...{ allowed_to_extend_character_limit: true, max_credit_limit_extension: 0, open_invoices: [] },
  ...{ can_extend_voice_limit: false, can_use_instant_voice_cloning: true, has_open_invoices: false },
  ...{ can_use_professional_voice_cloning: true, current_overage: { amount: '0', currency: 'usd' } },
};

const refusalBody = ({ word, status }: VendorRefusal): string =>
  word === 'html'
    ? `<html><body><h1>${status}</h1></body></html>`
    : JSON.stringify({ detail: { status: word, message: `Refused. Your key was ${ELEVENLABS_KEY}.` } });

function sendRefusal(response: ServerResponse, refusal: VendorRefusal): void {
  response.statusCode = refusal.status;
  if (refusal.retryAfterS !== undefined) response.setHeader('retry-after', refusal.retryAfterS);
  response.end(refusalBody(refusal));
}

function rawRefusal(refusal: VendorRefusal): string {
  const body = refusalBody(refusal);
  const retry = refusal.retryAfterS === undefined ? '' : `Retry-After: ${refusal.retryAfterS}\r\n`;
  return `HTTP/1.1 ${refusal.status} No\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${retry}\r\n${body}`;
}
