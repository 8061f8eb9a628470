/** The life of a vendor's session on one socket, whatever is said over it: opened within a deadline, fed, ended once. */
import { samplesToMs } from '../../../audio/pcm.ts';
import type { Clock } from '../../../base/clock.ts';
import { withDeadline } from '../../../base/deadline.ts';
import type { ParleyError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { openSocket, type Refusal, type SocketClosed, type WireSocket } from '../../wire/socket.ts';
import { AudioLine } from './audio-line.ts';
import { keytermsKey } from './connection.ts';
import type { SessionListener, StreamSession } from './session.ts';

export interface SessionOptions {
  clock: Clock;
  log: Log;
  apiKey: string;
  keyterms: readonly string[];
  signal: AbortSignal;
  /** So much audio was sent, in ms. */
  onSent?(ms: number): void;
}

/** Why a session ended. */
export interface Failure {
  error: ParleyError;
  /** In so many other sessions the same audio may be tried. */
  again: number;
}

/** What is the vendor's own. */
export interface SessionManners {
  /** "Deepgram Flux". */
  vendor: string;
  url(): URL;
  headers: Readonly<Record<string, string>>;
  /** What a message with audio holds, as long as there is no hurry. */
  messageMs: number;
  /** Silence is sent when nothing was for so long, and again so often. */
  keepAliveAfterMs: number;
  keepAliveEveryMs: number;
  /** Thirty seconds of audio at once, when it is sent again to another session. */
  maxBufferedBytes: number;
  /** Where to look when it does not open. */
  statusPage: string;
  refused(refusal: Refusal): ParleyError;
  closed(closed: SocketClosed): Failure;
  /** Audio is written faster than the network takes it. */
  stuck(): Failure;
  /** Audio that the line has gathered. */
  send(pcm: Int16Array): void;
  onText(text: string): void;
  /** Said before the socket is closed. */
  goodbye?: string;
  /** Timers of its own are to be cancelled. */
  onEnd?(): void;
}

/** From the handshake to the vendor's word that it listens. */
const READY_WITHIN_MS = 5_000;

export class SessionLife {
  readonly line: AudioLine;
  listener: SessionListener | null = null;
  readonly #options: SessionOptions;
  readonly #manners: SessionManners;
  readonly #openedMs: number;
  readonly #started = Promise.withResolvers<void>();
  #socket: WireSocket | null = null;
  #closed = false;

  constructor(options: SessionOptions, manners: SessionManners) {
    this.#options = options;
    this.#manners = manners;
    this.#openedMs = options.clock.now();
    const { messageMs, keepAliveAfterMs, keepAliveEveryMs } = manners;
    this.line = new AudioLine({
      ...{ clock: options.clock, messageMs, keepAliveAfterMs, keepAliveEveryMs },
      send: (pcm) => manners.send(pcm),
    });
    // Nobody waits for it when the handshake fails.
    this.#started.promise.catch(() => undefined);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Resolves once the vendor is ready for audio. Rejects with a ParleyError, or the signal's reason; it is closed then.
   * @param own what the vendor's protocol does of a session.
   */
  async open(own: Pick<StreamSession, 'write' | 'end'>): Promise<StreamSession> {
    const { clock, signal } = this.#options;
    const { vendor, statusPage } = this.#manners;
    const deadline = {
      ...{ clock, signal, afterMs: READY_WITHIN_MS, code: 'STT_TIMEOUT' },
      ...{ what: `Opening a session of ${vendor}` },
      remedy: `Check the network of this machine, and ${statusPage}.`,
    };
    try {
      await withDeadline(deadline, async (ended) => {
        this.#socket = await this.#connect(ended);
        if (this.#closed) this.#socket.terminate();
        await this.#started.promise;
      });
    } catch (error) {
      await this.close();
      throw error;
    }
    return {
      ...{ openedMs: this.#openedMs, keyterms: keytermsKey(this.#options.keyterms) },
      attach: (listener) => {
        this.listener = listener;
      },
      write: (pcm) => own.write(pcm),
      end: () => own.end(),
      close: () => this.close(),
    };
  }

  /** The vendor is ready for audio. */
  started(): void {
    this.#started.resolve();
  }

  send(message: string): void {
    this.#socket?.send(message);
  }

  /** @param message holds `pcm` as the vendor takes it. */
  sendAudio(pcm: Int16Array, message: string | Uint8Array): void {
    if (this.#closed) return;
    this.#options.onSent?.(samplesToMs(pcm.length));
    // One that is closing tells so itself.
    if (this.#socket?.send(message) || !this.#socket?.open) return;
    queueMicrotask(() => this.fail(this.#manners.stuck()));
  }

  fail({ error, again }: Failure): void {
    if (this.#closed) return;
    this.#started.reject(error);
    this.#end();
    this.#socket?.terminate();
    this.listener?.onGone(error, again);
  }

  /** Nothing is called back after it. Resolves, at the latest after a second, once the socket is closed. */
  async close(): Promise<void> {
    this.#end();
    if (this.#manners.goodbye !== undefined) this.#socket?.send(this.#manners.goodbye);
    await this.#socket?.close();
  }

  async #connect(signal: AbortSignal): Promise<WireSocket> {
    const { vendor, headers, maxBufferedBytes, refused, onText, closed } = this.#manners;
    return await openSocket(
      {
        ...{ clock: this.#options.clock, url: this.#manners.url(), headers, signal, what: vendor },
        ...{ codePrefix: 'STT', openWithinMs: READY_WITHIN_MS, maxBufferedBytes, refused },
      },
      {
        onText: (text) => {
          if (!this.#closed) onText(text);
        },
        onClose: (how) => this.fail(closed(how)),
      },
    );
  }

  #end(): void {
    this.#closed = true;
    this.line.close();
    this.#manners.onEnd?.();
    // For one who still waits; whoever closed it knows why.
    this.#started.reject(new Error('closed'));
  }
}
