/** A client's WebSocket: opened within a deadline, told why it was refused or closed, and never left half open. */
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Clock, Timer } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { ParleyError } from '../../base/errors.ts';

/** The peer answered the handshake with something else than a socket. */
export interface Refusal {
  /** The HTTP status. */
  status: number;
  /** The beginning of the answer's body, at most 8 kB; empty when none came. */
  body: string;
  /** From `Retry-After` in seconds; absent when it was not told. */
  retryAfterMs?: number;
}

export interface SocketClosed {
  /** As told by the peer; 1005 when it gave none, 1006 when the connection broke. */
  code: number;
  /** As told by the peer, or what happened to the connection; may be empty. */
  reason: string;
}

export interface SocketListener {
  onText(text: string): void;
  onBinary?(data: Buffer): void;
  /** Once, and nothing after it. Not called once `close()` or `terminate()` was. */
  onClose(closed: SocketClosed): void;
}

export interface SocketOptions {
  clock: Clock;
  /** ws: or wss:; http: and https: are taken for them. Holds no secret: it may be shown. */
  url: string | URL;
  headers?: Readonly<Record<string, string>>;
  /** Names the peer in errors: "the voice of ElevenLabs". */
  what: string;
  /** Begins the codes of its errors: "TTS" makes TTS_UNREACHABLE. */
  codePrefix: string;
  /** Turns a refused handshake into the error that the opening rejects with. */
  refused(refusal: Refusal): ParleyError;
  openWithinMs?: number;
  /** Aborts the opening; no longer listened to once it is open. */
  signal?: AbortSignal;
  /** A ping this often; a peer of which nothing is heard from one ping to the next is given up. 0 for none. */
  pingEveryMs?: number;
  /** What may wait to be sent before `send` refuses. */
  maxBufferedBytes?: number;
}

export interface WireSocket {
  readonly open: boolean;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  /** Text as a string, binary as bytes. False when it was not sent: closed, or too much waits already. */
  send(data: string | Uint8Array): boolean;
  /** Closes in order, at the latest within a second. */
  close(code?: number, reason?: string): Promise<void>;
  /** Drops the connection at once. */
  terminate(): void;
}

const OPEN_WITHIN_MS = 5_000;
const CLOSE_WITHIN_MS = 1_000;
const PING_EVERY_MS = 15_000;
/** Ten seconds of 24 kHz audio: more has no hope of arriving in time. */
const MAX_BUFFERED_BYTES = 480_000;
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 8 * 1024;
const NO_CONNECTION = 1006;

/**
 * Resolves with the open socket. What the peer sends goes to `listener` from the first message on, which may come
 * before the promise is seen to resolve. Rejects with a ParleyError (`.._TIMEOUT`, `.._UNREACHABLE`, `.._ADDRESS`,
 * `.._KEY`, or that of `refused`), or the signal's reason.
 */
export async function openSocket(options: SocketOptions, listener: SocketListener): Promise<WireSocket> {
  options.signal?.throwIfAborted();
  const deadline = {
    ...{ clock: options.clock, afterMs: options.openWithinMs ?? OPEN_WITHIN_MS },
    code: `${options.codePrefix}_TIMEOUT`,
    what: `Connecting to ${options.what}`,
    remedy: 'Check the network of this machine, and whether that service is up.',
    ...(options.signal && { signal: options.signal }),
  };
  return await withDeadline(deadline, (ended) => handshake(options, listener, ended));
}

async function handshake(
  options: SocketOptions,
  listener: SocketListener,
  ended: AbortSignal,
): Promise<WireSocket> {
  const opening = Promise.withResolvers<WireSocket>();
  const ws = create(options);
  const socket = new Socket(ws, options, listener);
  const giveUp = () => socket.terminate();
  ended.addEventListener('abort', giveUp, { once: true });
  ws.once('open', () => {
    socket.begin();
    opening.resolve(socket);
  });
  ws.once('error', (error) => opening.reject(unreachable(options, error)));
  ws.once('close', () => opening.reject(unreachable(options)));
  ws.once('unexpected-response', (_request, response: IncomingMessage) => {
    readRefusal(response, (refusal) => {
      opening.reject(options.refused(refusal));
      socket.terminate();
    });
  });
  try {
    return await opening.promise;
  } finally {
    ended.removeEventListener('abort', giveUp);
  }
}

function create(options: SocketOptions): WebSocket {
  const address = addressOf(options);
  try {
    return new WebSocket(address, {
      headers: { ...options.headers },
      // Compression costs time and memory for audio that does not get smaller.
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
    });
  } catch (error) {
    throw new ParleyError(`${options.what} cannot be asked with this key`, {
      code: `${options.codePrefix}_KEY`,
      remedy: 'Check the key for characters that do not belong to it: spaces, quotes, line breaks.',
      cause: error,
    });
  }
}

function addressOf({ url, what, codePrefix }: SocketOptions): URL {
  const address = URL.parse(String(url));
  if (address && /^(ws|http)s?:$/.test(address.protocol)) {
    address.protocol = address.protocol.replace('http', 'ws');
    return address;
  }
  throw new ParleyError(`The address of ${what} is no web address`, {
    code: `${codePrefix}_ADDRESS`,
    remedy: 'Set it to one that begins with https:// or wss://.',
  });
}

const unreachable = ({ what, codePrefix }: SocketOptions, cause?: Error): ParleyError =>
  new ParleyError(`No connection to ${what}${cause ? `: ${cause.message}` : ''}`, {
    code: `${codePrefix}_UNREACHABLE`,
    remedy: 'Check the network of this machine, and whether that service is up.',
    retryable: true,
    cause,
  });

/** Tells the refusal once its body has come, as far as it is wanted. The opening's deadline bounds the wait. */
function readRefusal(response: IncomingMessage, told: (refusal: Refusal) => void): void {
  const parts: Buffer[] = [];
  let length = 0;
  let done = false;
  const tell = () => {
    if (done) return;
    done = true;
    const seconds = Number(response.headers['retry-after'] ?? Number.NaN);
    told({
      status: response.statusCode ?? 0,
      body: Buffer.concat(parts).toString('utf8').slice(0, MAX_REFUSAL_BYTES),
      ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }),
    });
  };
  response.on('data', (part: Buffer) => {
    parts.push(part);
    length += part.length;
    if (length >= MAX_REFUSAL_BYTES) tell();
  });
  response.once('end', tell);
  response.once('close', tell);
  response.once('error', tell);
}

class Socket implements WireSocket {
  readonly #ws: WebSocket;
  readonly #clock: Clock;
  readonly #maxBufferedBytes: number;
  readonly #pingEveryMs: number;
  readonly #gone = Promise.withResolvers<void>();
  /** Null once nobody wants to hear any more. */
  #listener: SocketListener | null;
  #pinging: Timer | null = null;
  #closing: Timer | null = null;
  #heard = true;
  #begun = false;
  /** Why we gave the connection up ourselves, or why it broke. */
  #broke = '';

  constructor(ws: WebSocket, options: SocketOptions, listener: SocketListener) {
    this.#ws = ws;
    this.#clock = options.clock;
    this.#listener = listener;
    this.#maxBufferedBytes = options.maxBufferedBytes ?? MAX_BUFFERED_BYTES;
    this.#pingEveryMs = options.pingEveryMs ?? PING_EVERY_MS;
    ws.on('message', (data, isBinary) => {
      this.#heard = true;
      if (isBinary) this.#listener?.onBinary?.(data as Buffer);
      else this.#listener?.onText(String(data));
    });
    ws.on('pong', () => {
      this.#heard = true;
    });
    ws.on('error', (error) => {
      this.#broke ||= error.message;
    });
    ws.on('close', (code, reason) => this.#onClose(code, reason.toString()));
  }

  get open(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** The handshake is over. */
  begin(): void {
    this.#begun = true;
    if (this.#pingEveryMs > 0) this.#pingLater();
  }

  send(data: string | Uint8Array): boolean {
    if (!this.open) return false;
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
    if (this.#ws.bufferedAmount + length > this.#maxBufferedBytes) return false;
    this.#ws.send(data, () => {});
    return true;
  }

  async close(code = 1000, reason = ''): Promise<void> {
    this.#listener = null;
    this.#pinging?.cancel();
    if (this.#ws.readyState === WebSocket.CLOSED) return;
    this.#closing ??= this.#clock.setTimer(CLOSE_WITHIN_MS, () => this.#ws.terminate());
    this.#ws.close(code, reason);
    await this.#gone.promise;
  }

  terminate(): void {
    this.#listener = null;
    this.#pinging?.cancel();
    this.#ws.terminate();
  }

  #pingLater(): void {
    this.#pinging = this.#clock.setTimer(this.#pingEveryMs, () => {
      if (!this.#heard) {
        this.#broke = `nothing was heard for ${this.#pingEveryMs} ms`;
        this.#ws.terminate();
        return;
      }
      this.#heard = false;
      if (this.open) this.#ws.ping();
      this.#pingLater();
    });
  }

  #onClose(code: number, reason: string): void {
    this.#pinging?.cancel();
    this.#closing?.cancel();
    this.#ws.removeAllListeners();
    // A connection that is cut while it is being closed may still report an error, which would end the process.
    this.#ws.on('error', ignore);
    this.#gone.resolve();
    const listener = this.#listener;
    this.#listener = null;
    if (this.#begun)
      listener?.onClose({ code, reason: code === NO_CONNECTION ? this.#broke || reason : reason });
  }
}

function ignore(): void {}
