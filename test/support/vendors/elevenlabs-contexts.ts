/** The far side of one multi-context socket: contexts, flushes, final messages, and what goes wrong with them. */
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../../../src/base/clock.ts';
import { type TonePart, toneParts } from './tone-voice.ts';

/** How one flush is answered; everything absent goes as it should. */
export interface ClauseFault {
  /** From the flush to the first audio. */
  firstAudioMs?: number;
  /** Between two messages with audio; 0 sends all at once. */
  everyMs?: number;
  charactersPerMessage?: number;
  /** How long each is heard. */
  characterMs?: number;
  leadingSilenceMs?: number;
  /** Sends the audio in pieces that split samples, each piece its own message, the times with the first of a part. */
  oddBytes?: boolean;
  alignment?: 'none' | 'normalized' | 'charsDurationsMs';
  /** After so many messages with audio. */
  breakAfter?: { messages: number; how: Break };
  /** Is never answered. */
  silent?: boolean;
  /** Tells the end of the flush as well. */
  flushDone?: boolean;
}

export type Break =
  | 'terminate'
  | { error: string; message?: string; code?: number; contextLess?: boolean }
  | { close: number; reason: string }
  | 'stall';

export interface ContextsOptions {
  clock: Clock;
  /** How many contexts there may be; a socket that opens one more is closed. */
  limit(): number;
  inactivityMs: number;
  /** From closing a context to its final message. */
  finalMs(): number;
  /** Audio is still sent after the final message of a context. */
  lateAudio(): boolean;
  clause(): ClauseFault;
  /** Every message that came. */
  onMessage(message: Record<string, unknown>): void;
}

interface Context {
  buffer: string;
  /** Flushes, one after the other. */
  queue: Promise<void>;
  closed: boolean;
}

export class ContextSocket {
  readonly contexts = new Map<string, Context>();
  readonly #ws: WebSocket;
  readonly #options: ContextsOptions;
  readonly #timers = new Set<Timer>();
  #idle: Timer | null = null;

  constructor(ws: WebSocket, options: ContextsOptions) {
    this.#ws = ws;
    this.#options = options;
    ws.on('message', (data) => this.#onMessage(JSON.parse(String(data)) as Record<string, unknown>));
    ws.on('error', () => {});
    ws.on('close', () => {
      this.#idle?.cancel();
      for (const timer of this.#timers) timer.cancel();
    });
    this.#touch();
  }

  send(message: Record<string, unknown>): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(JSON.stringify(message));
  }

  refuse(error: string, message: string, code = 1008): void {
    this.send({ message, error, code });
    // A reason has at most 123 bytes.
    this.#ws.close(code, message.slice(0, 120));
  }

  #touch(): void {
    this.#idle?.cancel();
    const { clock, inactivityMs } = this.#options;
    this.#idle = clock.setTimer(inactivityMs, () =>
      this.refuse(
        'input_timeout_exceeded',
        `Have not received a new text input within the timeout of ${inactivityMs / 1000} seconds.`,
      ),
    );
  }

  #onMessage(message: Record<string, unknown>): void {
    this.#options.onMessage(message);
    this.#touch();
    const { context_id: id, text, flush, close_context: close, voice_settings: settings } = message;
    if (message.close_socket) return this.#ws.close(1000);
    // A keep-alive of the whole socket.
    if (typeof id !== 'string') return;
    const known = this.contexts.get(id);
    if (known && settings)
      return this.refuse('invalid_settings', 'voice settings can only be set in the first message.');
    if (!known && close) return;
    const context = known ?? this.#open(id);
    if (!context) return;
    if (typeof text === 'string') context.buffer += text;
    if (flush) this.#flush(id, context);
    if (close && !context.closed) this.#close(id, context);
  }

  #open(id: string): Context | null {
    const limit = this.#options.limit();
    if (this.contexts.size >= limit) {
      this.refuse(
        'max_active_conversations',
        `Maximum simultaneous contexts per WebSocket connection exceeded (${limit}). Please close an existing context before opening a new one.`,
      );
      return null;
    }
    const context: Context = { buffer: '', queue: Promise.resolve(), closed: false };
    this.contexts.set(id, context);
    return context;
  }

  #flush(id: string, context: Context): void {
    const text = context.buffer.replace(/^ /, '');
    context.buffer = '';
    const fault = this.#options.clause();
    context.queue = context.queue.then(() => this.#speak(id, text, fault));
  }

  #close(id: string, context: Context): void {
    context.closed = true;
    void context.queue
      .then(() => this.#wait(this.#options.finalMs()))
      .then(() => {
        this.contexts.delete(id);
        this.send({ isFinal: true, contextId: id });
        if (this.#options.lateAudio()) this.#sendPart(id, toneParts('late', 4)[0]!, {});
      });
  }

  async #speak(id: string, text: string, fault: ClauseFault): Promise<void> {
    // Made before, so that the making delays nothing.
    const parts = toneParts(text, fault.charactersPerMessage ?? 6, fault.leadingSilenceMs, fault.characterMs);
    await this.#wait(fault.firstAudioMs ?? 0);
    if (fault.silent) return await new Promise(() => {});
    for (const [i, part] of parts.entries()) {
      if (i === fault.breakAfter?.messages) {
        this.#break(id, fault.breakAfter.how);
        return await new Promise(() => {});
      }
      if (i > 0) await this.#wait(fault.everyMs ?? 0);
      this.#sendPart(id, part, fault);
    }
    if (fault.flushDone) this.send({ type: 'flush_done', contextId: id });
  }

  #sendPart(id: string, { bytes, chars, startMs, durationMs }: TonePart, fault: ClauseFault): void {
    const durations =
      fault.alignment === 'charsDurationsMs'
        ? { charsDurationsMs: durationMs }
        : { charDurationsMs: durationMs };
    const times = { chars, charStartTimesMs: startMs, ...durations };
    const alignment = fault.alignment === 'none' || fault.alignment === 'normalized' ? null : times;
    const normalizedAlignment = fault.alignment === 'none' ? null : times;
    const told = { alignment, normalizedAlignment, contextId: id };
    if (!fault.oddBytes) return this.send({ audio: bytes.toString('base64'), ...told });
    const cut = Math.floor(bytes.length / 3) | 1;
    this.send({ audio: bytes.subarray(0, cut).toString('base64'), ...told });
    this.send({ audio: bytes.subarray(cut).toString('base64'), contextId: id });
  }

  #break(id: string, how: Break): void {
    if (how === 'stall') return;
    if (how === 'terminate') return this.#ws.terminate();
    if ('close' in how) return this.#ws.close(how.close, how.reason);
    const { contextLess, ...error } = how;
    this.send({ ...error, ...(contextLess ? {} : { contextId: id }) });
  }

  /** At once for 0; never when the socket is closed. */
  async #wait(ms: number): Promise<void> {
    if (ms === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.setTimer(ms, () => {
        this.#timers.delete(timer);
        resolve();
      });
      this.#timers.add(timer);
    });
  }
}
