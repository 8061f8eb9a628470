/** One session of Scribe v2 realtime: audio in as JSON, transcripts out; segments end when we say so. */
import { concatPcm, pcmToBytes, SAMPLE_RATE, samplesToMs } from '../../../audio/pcm.ts';
import type { Clock } from '../../../base/clock.ts';
import { withDeadline } from '../../../base/deadline.ts';
import type { Log } from '../../../base/log.ts';
import { openSocket, type SocketClosed, type WireSocket } from '../../wire/socket.ts';
import { AudioLine } from '../streaming/audio-line.ts';
import { keytermsKey } from '../streaming/connection.ts';
import type { SessionListener, StreamSession } from '../streaming/session.ts';
import { parsedObject, textOf } from '../streaming/vendor-words.ts';
import {
  closedFailure,
  type Failure,
  failureOf,
  isNoSpeech,
  refusedFailure,
  stuckFailure,
} from './failures.ts';
import { scribeUrl } from './url.ts';

export interface ScribeSessionOptions {
  clock: Clock;
  log: Log;
  apiKey: string;
  baseUrl: string;
  model: string;
  language?: string;
  keyterms: readonly string[];
  signal: AbortSignal;
  /** So much audio was sent, in ms. */
  onSent?(ms: number): void;
}

/** From the handshake to `session_started`. */
const READY_WITHIN_MS = 5_000;
/** In one message: frames as they come, as the partials of what waits here would come late. */
const MESSAGE_MS = 20;
/** It closes a session that gets no audio for 15 s. */
const KEEP_ALIVE_AFTER_MS = 10_000;
const KEEP_ALIVE_EVERY_MS = 5_000;
/** It refuses to commit less than 300 ms. */
const LEAST_MS = 320;
/** Thirty seconds of audio at once, when it is sent again to another session. */
const MAX_BUFFERED_BYTES = 3_000_000;

/** Resolves once the vendor is ready for audio. Rejects with a ParleyError, or the signal's reason. */
export async function openScribeSession(options: ScribeSessionOptions): Promise<ScribeSession> {
  const { clock, apiKey, model, signal } = options;
  const session = new ScribeSession(options);
  const deadline = {
    ...{
      clock,
      signal,
      afterMs: READY_WITHIN_MS,
      code: 'STT_TIMEOUT',
      what: 'Opening a session of ElevenLabs Scribe',
    },
    remedy: 'Check the network of this machine, and status.elevenlabs.io.',
  };
  try {
    return await withDeadline(deadline, async (ended) => {
      const socket = await openSocket(
        {
          ...{ clock, url: scribeUrl(options), headers: { 'xi-api-key': apiKey }, signal: ended },
          ...{
            what: 'ElevenLabs Scribe',
            openWithinMs: READY_WITHIN_MS,
            maxBufferedBytes: MAX_BUFFERED_BYTES,
          },
          codePrefix: 'STT',
          refused: (refusal) => refusedFailure(refusal, model),
        },
        session,
      );
      session.begin(socket);
      await session.ready;
      return session;
    });
  } catch (error) {
    await session.close();
    throw error;
  }
}

export class ScribeSession implements StreamSession {
  readonly openedMs: number;
  readonly keyterms: string;
  readonly #options: ScribeSessionOptions;
  readonly #started = Promise.withResolvers<void>();
  readonly #line: AudioLine;
  #socket: WireSocket | null = null;
  #listener: SessionListener | null = null;
  #closed = false;
  /** Commits without an answer. */
  #asked = 0;
  /** Audio since the last commit. */
  #sentMs = 0;
  /** The answer whose twin, the other message about the same commit, may still come. */
  #untwinned: { type: string; text: string } | null = null;

  constructor(options: ScribeSessionOptions) {
    this.#options = options;
    this.openedMs = options.clock.now();
    this.keyterms = keytermsKey(options.keyterms);
    this.#line = new AudioLine({
      ...{ clock: options.clock, messageMs: MESSAGE_MS },
      ...{ keepAliveAfterMs: KEEP_ALIVE_AFTER_MS, keepAliveEveryMs: KEEP_ALIVE_EVERY_MS },
      send: (pcm) => this.#send(pcm, false),
    });
    // Nobody waits for it when the handshake fails.
    this.#started.promise.catch(() => undefined);
  }

  get ready(): Promise<void> {
    return this.#started.promise;
  }

  begin(socket: WireSocket): void {
    this.#socket = socket;
    if (this.#closed) socket.terminate();
  }

  attach(listener: SessionListener): void {
    this.#listener = listener;
  }

  write(pcm: Int16Array): void {
    this.#line.write(pcm);
  }

  end(): void {
    const rest = this.#line.take();
    const missingMs = LEAST_MS - this.#sentMs - samplesToMs(rest.length);
    const silence = new Int16Array(Math.max(0, Math.ceil((missingMs * SAMPLE_RATE) / 1000)));
    this.#asked += 1;
    this.#send(concatPcm([rest, silence]), true);
    this.#sentMs = 0;
  }

  async close(): Promise<void> {
    this.#shut();
    await this.#socket?.close();
  }

  onText(text: string): void {
    if (this.#closed) return;
    const message = parsedObject(text);
    const type = textOf(message, 'message_type');
    const words = textOf(message, 'text');
    if (type === 'session_started') this.#started.resolve();
    else if (type === 'partial_transcript' || type === 'final_transcript') this.#listener?.onPartial(words);
    else if (type === 'committed_transcript' || type === 'committed_transcript_with_timestamps') {
      if (!this.#isTwin(type, words)) this.#answer(words);
    } else if (isNoSpeech(type)) {
      if (this.#asked > 0) this.#answer('');
    } else {
      const failure = failureOf(
        type,
        textOf(message, 'error') || textOf(message, 'message'),
        this.#options.apiKey,
      );
      if (failure) this.#fail(failure);
      // Its words may be those that people said.
      else this.#options.log.debug({ type }, 'a message of Scribe that says nothing to us');
    }
  }

  onClose(closed: SocketClosed): void {
    this.#fail(closedFailure(closed, this.#options.apiKey));
  }

  #answer(words: string): void {
    if (this.#asked > 0) {
      this.#asked -= 1;
      this.#listener?.onEnded(words, 'asked');
      return;
    }
    this.#sentMs = 0;
    this.#listener?.onEnded(words, 'limit');
  }

  /** Sessions with times or language detection tell each commit twice, in either order. */
  #isTwin(type: string, text: string): boolean {
    const before = this.#untwinned;
    const isTwin = before !== null && before.type !== type && (before.text === text || this.#asked === 0);
    this.#untwinned = isTwin ? null : { type, text };
    return isTwin;
  }

  #send(pcm: Int16Array, commit: boolean): void {
    if (this.#closed) return;
    this.#sentMs += samplesToMs(pcm.length);
    this.#options.onSent?.(samplesToMs(pcm.length));
    const message = {
      message_type: 'input_audio_chunk',
      audio_base_64: pcmToBytes(pcm).toString('base64'),
      commit,
      sample_rate: SAMPLE_RATE,
    };
    const { open } = this.#socket ?? { open: false };
    // One that is closing tells so itself.
    if (this.#socket?.send(JSON.stringify(message)) || !open) return;
    queueMicrotask(() => this.#fail(stuckFailure()));
  }

  #fail({ error, again }: Failure): void {
    if (this.#closed) return;
    this.#started.reject(error);
    this.#shut();
    this.#socket?.terminate();
    this.#listener?.onGone(error, again);
  }

  #shut(): void {
    this.#closed = true;
    this.#line.close();
    // For one who still waits; whoever closed it knows why.
    this.#started.reject(new Error('closed'));
  }
}
