/** One session of Deepgram Flux: audio in as bytes; turns out, which it ends by itself or when we say so. */
import { rmsDbfs, VOICED_DBFS } from '../../../audio/energy.ts';
import { pcmToBytes, SAMPLE_RATE, samplesToMs } from '../../../audio/pcm.ts';
import type { Clock, Timer } from '../../../base/clock.ts';
import { withDeadline } from '../../../base/deadline.ts';
import type { Log } from '../../../base/log.ts';
import { openSocket, type SocketClosed, type WireSocket } from '../../wire/socket.ts';
import { AudioLine } from '../streaming/audio-line.ts';
import { keytermsKey } from '../streaming/connection.ts';
import type { SessionListener, StreamSession } from '../streaming/session.ts';
import { parsedObject, textOf } from '../streaming/vendor-words.ts';
import { closedFailure, type Failure, refusedFailure, reportedFailure, stuckFailure } from './failures.ts';
import { type TurnInfo, turnInfoOf } from './turn-info.ts';
import { type FluxSettings, fluxUrl } from './url.ts';

export interface FluxSessionOptions extends FluxSettings {
  clock: Clock;
  log: Log;
  apiKey: string;
  signal: AbortSignal;
  /** So much audio was sent, in ms. */
  onSent?(ms: number): void;
}

/** From the handshake to `Connected`. */
const READY_WITHIN_MS = 5_000;
/** The vendor advises this size. */
const MESSAGE_MS = 80;
/** It closes a session that gets no audio for 10 s; v2 has no message that would do instead. */
const KEEP_ALIVE_AFTER_MS = 5_000;
const KEEP_ALIVE_EVERY_MS = 4_000;
/** A turn is ended at once when all that was said is transcribed, and after this in any case. */
const FORCE_AFTER_MS = 300;
/** It tells how far it has heard after each quarter of a second of audio: this much brings it to. */
const NUDGE = new Int16Array((320 * SAMPLE_RATE) / 1000);
/** When it told of no turn by then, there was none: it would not answer. */
const NO_TURN_AFTER_MS = 900;
/** Thirty seconds of audio at once, when it is sent again to another session. */
const MAX_BUFFERED_BYTES = 2_000_000;

/** Resolves once the vendor is ready for audio. Rejects with a ParleyError, or the signal's reason. */
export async function openFluxSession(options: FluxSessionOptions): Promise<FluxSession> {
  const { clock, apiKey, model, signal } = options;
  const session = new FluxSession(options);
  const deadline = {
    ...{
      clock,
      signal,
      afterMs: READY_WITHIN_MS,
      code: 'STT_TIMEOUT',
      what: 'Opening a session of Deepgram Flux',
    },
    remedy: 'Check the network of this machine, and status.deepgram.com.',
  };
  try {
    return await withDeadline(deadline, async (ended) => {
      const headers = { authorization: `Token ${apiKey}` };
      const socket = await openSocket(
        {
          ...{
            clock,
            url: fluxUrl(options),
            headers,
            signal: ended,
            what: 'Deepgram Flux',
            codePrefix: 'STT',
          },
          ...{ openWithinMs: READY_WITHIN_MS, maxBufferedBytes: MAX_BUFFERED_BYTES },
          refused: (refusal) => refusedFailure(refusal, model, apiKey),
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

export class FluxSession implements StreamSession {
  readonly openedMs: number;
  readonly keyterms: string;
  readonly #options: FluxSessionOptions;
  readonly #started = Promise.withResolvers<void>();
  readonly #line: AudioLine;
  #socket: WireSocket | null = null;
  #listener: SessionListener | null = null;
  #closed = false;
  /** Samples of this session, silence of ours included: sent, the last that were loud, and heard by the vendor. */
  #sent = 0;
  #loud = 0;
  #heard = 0;
  /** Between its StartOfTurn and its EndOfTurn. */
  #inTurn = false;
  /** It ended the last turn by itself. */
  #endedItself = false;
  /** We want the words: since when, and whether it was told to end the turn. */
  #asked: { sinceMs: number; forced: boolean } | null = null;
  #waiting: Timer | null = null;

  constructor(options: FluxSessionOptions) {
    this.#options = options;
    this.openedMs = options.clock.now();
    this.keyterms = keytermsKey(options.keyterms);
    this.#line = new AudioLine({
      ...{ clock: options.clock, messageMs: MESSAGE_MS },
      ...{ keepAliveAfterMs: KEEP_ALIVE_AFTER_MS, keepAliveEveryMs: KEEP_ALIVE_EVERY_MS },
      send: (pcm) => this.#sendAudio(pcm),
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
    if (rmsDbfs(pcm) >= VOICED_DBFS) this.#loud = this.#sent + this.#line.waiting;
  }

  end(): void {
    if (!this.#heardAll) this.#line.write(NUDGE);
    this.#line.flush();
    this.#asked = { sinceMs: this.#options.clock.now(), forced: false };
    queueMicrotask(() => this.#pursue());
  }

  async close(): Promise<void> {
    this.#shut();
    this.#socket?.send(JSON.stringify({ type: 'CloseStream' }));
    await this.#socket?.close();
  }

  onText(text: string): void {
    if (this.#closed) return;
    const message = parsedObject(text);
    const type = textOf(message, 'type');
    const info = turnInfoOf(message);
    if (info) this.#onTurn(info);
    else if (type === 'Connected') this.#started.resolve();
    else if (type === 'Error' || type === 'FatalError') {
      const code = textOf(message, 'code');
      this.#fail(reportedFailure(code, textOf(message, 'description'), this.#options.apiKey));
    } else this.#options.log.debug({ type }, 'a message of Flux that says nothing to us');
  }

  onClose(closed: SocketClosed): void {
    this.#fail(closedFailure(closed, this.#options.apiKey));
  }

  #onTurn({ event, transcript, heard }: TurnInfo): void {
    this.#heard = Math.max(this.#heard, heard ?? this.#sent);
    if (event === 'StartOfTurn') {
      this.#inTurn = true;
      if (this.#endedItself) this.#listener?.onResumed();
      this.#endedItself = false;
    }
    if (event === 'TurnResumed') this.#listener?.onResumed();
    if (event === 'EagerEndOfTurn') this.#listener?.onEager(transcript);
    else if (event === 'EndOfTurn') this.#onEndOfTurn(transcript);
    else this.#listener?.onPartial(transcript);
    this.#pursue();
  }

  #onEndOfTurn(transcript: string): void {
    this.#inTurn = false;
    // One that it ended before it heard all that was said is not the answer yet.
    if (this.#asked && (this.#asked.forced || this.#heardAll)) return this.#answer(transcript);
    this.#endedItself = true;
    this.#listener?.onEnded(transcript, 'turn');
  }

  get #heardAll(): boolean {
    return this.#heard >= this.#loud;
  }

  /** Gets us the words that were asked for, as soon as they are whole. */
  #pursue(): void {
    const asked = this.#asked;
    if (!asked || asked.forced || this.#closed) return;
    const waitedMs = this.#options.clock.now() - asked.sinceMs;
    // All of it is in turns that are over, or was no speech: an order to end would not be answered.
    if (!this.#inTurn && (this.#heardAll || waitedMs >= NO_TURN_AFTER_MS)) return this.#answer('');
    if (this.#inTurn && (this.#heardAll || waitedMs >= FORCE_AFTER_MS)) {
      asked.forced = true;
      this.#socket?.send(JSON.stringify({ type: 'ForceEndTurn' }));
      return;
    }
    this.#waiting?.cancel();
    const nextMs = waitedMs < FORCE_AFTER_MS ? FORCE_AFTER_MS : NO_TURN_AFTER_MS;
    this.#waiting = this.#options.clock.setTimer(nextMs - waitedMs, () => this.#pursue());
  }

  #answer(transcript: string): void {
    this.#asked = null;
    this.#endedItself = false;
    this.#waiting?.cancel();
    this.#listener?.onEnded(transcript, 'asked');
  }

  #sendAudio(pcm: Int16Array): void {
    this.#sent += pcm.length;
    this.#options.onSent?.(samplesToMs(pcm.length));
    if (this.#closed || this.#socket?.send(pcmToBytes(pcm))) return;
    // One that is closing tells so itself.
    if (this.#socket?.open) queueMicrotask(() => this.#fail(stuckFailure()));
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
    this.#waiting?.cancel();
    // For one who still waits; whoever closed it knows why.
    this.#started.reject(new Error('closed'));
  }
}
