/** One socket to ElevenLabs for as long as a session lasts: kept alive, replaced ahead of the vendor's limits, reopened. */
import type { Clock, Timer } from '../../../base/clock.ts';
import { type ParleyError, toParleyError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { elevenLabsError } from '../../wire/elevenlabs-errors.ts';
import type { SocketClosed, SocketListener, WireSocket } from '../../wire/socket.ts';
import { KEEP_ALIVE, readMessage, type SpeechMessage } from './messages.ts';

/** The vendor closes a socket after 20 s without a message, unless told otherwise. */
const KEEP_ALIVE_MS = 10_000;
/**
 * The longest idle time that the vendor can be told is 180 s, and whether a keep-alive that names no context counts
 * against it is not documented: a socket that said nothing for this long is replaced while nobody waits for it.
 */
const REPLACE_AFTER_MS = 150_000;
/** Pauses before each try to open a lost socket again; after the last, it is opened when somebody speaks. */
const REOPEN_PAUSES_MS: readonly number[] = [0, 500, 2_000];
/** A socket that is lost sooner counts as a try that failed. */
const LASTING_MS = 5_000;

export interface LinkOptions {
  clock: Clock;
  log: Log;
  open(listener: SocketListener, signal: AbortSignal): Promise<WireSocket>;
}

/** Whom a link tells. */
export interface LinkUser {
  /** Contexts are open: the socket is needed as it is. */
  readonly busy: boolean;
  onMessage(message: SpeechMessage): void;
  /** Open again, with none of the contexts that were. */
  onOpen(): void;
  /** The socket is gone, and with it every context. `again`: it is being opened once more. */
  onLost(error: ParleyError, again: boolean): void;
}

export class SpeechLink {
  readonly #options: LinkOptions;
  readonly #user: LinkUser;
  readonly #life = new AbortController();
  #socket: WireSocket | null = null;
  /** A socket that is being opened, or the pause before. */
  #opening = false;
  #timer: Timer | null = null;
  #pause: Timer | null = null;
  #usedMs = 0;
  #openedMs = 0;
  /** Sockets in a row that did not last. */
  #shortLived = 0;
  /** What the service said last about the socket as a whole: it closes it afterwards. */
  #fault: { text: string; status?: number } | null = null;

  constructor(options: LinkOptions, user: LinkUser) {
    this.#options = options;
    this.#user = user;
  }

  get open(): boolean {
    return this.#socket?.open === true;
  }

  /** Rejects with a ParleyError, or the signal's reason. */
  async connect(signal: AbortSignal): Promise<void> {
    this.#take(await this.#dial(AbortSignal.any([signal, this.#life.signal])));
  }

  /** Opens the socket when there is none; resolves nothing: `onOpen` or `onLost` tells. */
  wake(): void {
    if (this.open || this.#opening || this.#life.signal.aborted) return;
    this.#reopen(0);
  }

  send(message: string): void {
    this.#usedMs = this.#options.clock.now();
    this.#put(message);
  }

  async close(): Promise<void> {
    this.#life.abort(new Error('The voice was closed'));
    this.#timer?.cancel();
    this.#pause?.cancel();
    const socket = this.#socket;
    this.#socket = null;
    await socket?.close();
  }

  /** The listener of one socket: what a socket that was replaced still says is not heard. */
  async #dial(signal: AbortSignal): Promise<WireSocket> {
    let socket: WireSocket | null = null;
    let refused: ParleyError | null = null;
    const listener: SocketListener = {
      onText: (text) => {
        if (socket === null) refused ??= refusalIn(readMessage(text));
        else if (socket === this.#socket) this.#onText(text);
      },
      onClose: (closed) => {
        if (socket !== null && socket === this.#socket) this.#lost(closed);
      },
    };
    socket = await this.#options.open(listener, signal);
    if (!refused) return socket;
    socket.terminate();
    throw refused;
  }

  #take(socket: WireSocket): void {
    if (this.#life.signal.aborted) {
      socket.terminate();
      throw this.#life.signal.reason;
    }
    this.#socket = socket;
    this.#fault = null;
    this.#openedMs = this.#options.clock.now();
    this.#usedMs = this.#openedMs;
    // It may have been closed before anybody could be told.
    if (!socket.open) return this.#lost({ code: 1006, reason: 'it closed at once' });
    this.#keepAlive();
  }

  #keepAlive(): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimer(KEEP_ALIVE_MS, () => {
      if (!this.open) return;
      if (this.#user.busy) this.#usedMs = this.#options.clock.now();
      if (this.#options.clock.now() - this.#usedMs >= REPLACE_AFTER_MS) void this.#replace();
      this.#keepAlive();
      this.#put(KEEP_ALIVE);
    });
  }

  #put(message: string): void {
    const socket = this.#socket;
    if (!socket || socket.send(message)) return;
    // What cannot be sent now would come too late: a socket that is stuck is as good as lost.
    socket.terminate();
    this.#lost({ code: 1006, reason: 'it takes no more text' });
  }

  /** A new socket takes the place of an idle one, unless that is needed meanwhile. */
  async #replace(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    let fresh: WireSocket | null = null;
    try {
      fresh = await this.#dial(this.#life.signal);
    } catch (error) {
      this.#options.log.debug({ err: error }, 'the socket of the voice could not be replaced ahead');
    }
    this.#opening = false;
    if (this.#life.signal.aborted || (this.open && this.#user.busy)) return fresh?.terminate();
    const old = this.#socket;
    if (!fresh) return old ? undefined : this.#reopen(0);
    this.#take(fresh);
    if (this.open) this.#user.onOpen();
    await old?.close();
  }

  #onText(text: string): void {
    const message = readMessage(text);
    if (!message) return this.#options.log.debug('the voice sent what is no message');
    // A socket that speaks was worth its opening, however soon it is lost.
    if (message.audio) this.#shortLived = 0;
    if (message.error && message.contextId === null) {
      this.#fault = message.error;
      if (refusalIn(message)) return this.#drop();
    }
    this.#user.onMessage(message);
  }

  #drop(): void {
    this.#socket?.terminate();
    this.#lost({ code: this.#fault?.status ?? 1008, reason: '' });
  }

  #lost({ code, reason }: SocketClosed): void {
    this.#socket = null;
    this.#timer?.cancel();
    const text = [this.#fault?.text, reason].filter(Boolean).join(' ');
    const error = elevenLabsError({ status: this.#fault?.status ?? code, text }, 'TTS');
    this.#fault = null;
    this.#options.log.warn({ err: error, closeCode: code }, 'the socket of the voice was lost');
    const lasted = this.#options.clock.now() - this.#openedMs >= LASTING_MS;
    this.#shortLived = lasted ? 0 : this.#shortLived + 1;
    const again = error.retryable && this.#shortLived <= REOPEN_PAUSES_MS.length;
    this.#user.onLost(error, again);
    if (again) this.#reopen(Math.max(0, this.#shortLived - 1));
  }

  #reopen(attempt: number): void {
    if (this.#life.signal.aborted || this.#opening) return;
    this.#opening = true;
    this.#pause?.cancel();
    this.#pause = this.#options.clock.setTimer(REOPEN_PAUSES_MS[attempt]!, () => void this.#tryOpen(attempt));
  }

  async #tryOpen(attempt: number): Promise<void> {
    try {
      const socket = await this.#dial(this.#life.signal);
      this.#opening = false;
      this.#take(socket);
      if (this.open) this.#user.onOpen();
    } catch (error) {
      this.#opening = false;
      if (this.#life.signal.aborted) return;
      const failure = toParleyError(error, { code: 'TTS_FAILED', remedy: 'Try again.', retryable: true });
      const again = failure.retryable && attempt + 1 < REOPEN_PAUSES_MS.length;
      this.#options.log.warn({ err: failure }, 'the socket of the voice could not be opened');
      this.#user.onLost(failure, again);
      if (again) this.#reopen(attempt + 1);
    }
  }
}

/**
 * A key or a voice that is refused: it is told behind the handshake, and the socket is closed 800 ms later. Null for
 * any other message; what an unknown complaint comes to shows in what the vendor does next.
 */
function refusalIn(message: SpeechMessage | null): ParleyError | null {
  if (!message?.error || message.contextId !== null) return null;
  const error = elevenLabsError(message.error, 'TTS');
  return error.retryable || error.code === 'TTS_FAILED' ? null : error;
}
