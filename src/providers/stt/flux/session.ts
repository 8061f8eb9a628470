/** One session of Deepgram Flux: audio in as bytes; turns out, which it ends by itself or when we say so. */
import { rmsDbfs, VOICED_DBFS } from '../../../audio/energy.ts';
import { pcmToBytes, SAMPLE_RATE } from '../../../audio/pcm.ts';
import type { Timer } from '../../../base/clock.ts';
import type { StreamSession } from '../streaming/session.ts';
import { SessionLife, type SessionOptions } from '../streaming/session-life.ts';
import { parsedObject, textOf } from '../streaming/vendor-words.ts';
import { closedFailure, refusedFailure, reportedFailure, stuckFailure } from './failures.ts';
import { type TurnInfo, turnInfoOf } from './turn-info.ts';
import { type FluxSettings, fluxUrl } from './url.ts';

type FluxSessionOptions = SessionOptions & FluxSettings;

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
const MAX_BUFFERED_BYTES = 2_000_000;

/** Resolves once the vendor is ready for audio. Rejects with a ParleyError, or the signal's reason. */
export async function openFluxSession(options: FluxSessionOptions): Promise<StreamSession> {
  return await new FluxSession(options).open();
}

class FluxSession {
  readonly #options: FluxSessionOptions;
  readonly #life: SessionLife;
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
    const { apiKey, model } = options;
    this.#life = new SessionLife(options, {
      ...{ vendor: 'Deepgram Flux', statusPage: 'status.deepgram.com' },
      ...{ url: () => fluxUrl(options), headers: { authorization: `Token ${apiKey}` } },
      ...{ messageMs: MESSAGE_MS, keepAliveAfterMs: KEEP_ALIVE_AFTER_MS },
      ...{ keepAliveEveryMs: KEEP_ALIVE_EVERY_MS, maxBufferedBytes: MAX_BUFFERED_BYTES },
      refused: (refusal) => refusedFailure(refusal, model, apiKey),
      closed: (closed) => closedFailure(closed, apiKey),
      stuck: stuckFailure,
      send: (pcm) => {
        this.#sent += pcm.length;
        this.#life.sendAudio(pcm, pcmToBytes(pcm));
      },
      onText: (text) => this.#onText(text),
      goodbye: JSON.stringify({ type: 'CloseStream' }),
      onEnd: () => this.#waiting?.cancel(),
    });
  }

  async open(): Promise<StreamSession> {
    return await this.#life.open(this);
  }

  write(pcm: Int16Array): void {
    const { line } = this.#life;
    line.write(pcm);
    if (rmsDbfs(pcm) >= VOICED_DBFS) this.#loud = this.#sent + line.waiting;
  }

  end(): void {
    if (!this.#heardAll) this.#life.line.write(NUDGE);
    this.#life.line.flush();
    this.#asked = { sinceMs: this.#options.clock.now(), forced: false };
    queueMicrotask(() => this.#pursue());
  }

  #onText(text: string): void {
    const message = parsedObject(text);
    const type = textOf(message, 'type');
    const info = turnInfoOf(message);
    if (info) this.#onTurn(info);
    else if (type === 'Connected') this.#life.started();
    else if (type === 'Error' || type === 'FatalError') {
      const code = textOf(message, 'code');
      this.#life.fail(reportedFailure(code, textOf(message, 'description'), this.#options.apiKey));
    } else this.#options.log.debug({ type }, 'a message of Flux that says nothing to us');
  }

  #onTurn({ event, transcript, heard }: TurnInfo): void {
    this.#heard = Math.max(this.#heard, heard ?? this.#sent);
    if (event === 'StartOfTurn') {
      this.#inTurn = true;
      if (this.#endedItself) this.#life.listener?.onResumed();
      this.#endedItself = false;
    }
    if (event === 'TurnResumed') this.#life.listener?.onResumed();
    if (event === 'EagerEndOfTurn') this.#life.listener?.onEager(transcript);
    else if (event === 'EndOfTurn') this.#onEndOfTurn(transcript);
    else this.#life.listener?.onPartial(transcript);
    this.#pursue();
  }

  #onEndOfTurn(transcript: string): void {
    this.#inTurn = false;
    // One that it ended before it heard all that was said is not the answer yet.
    if (this.#asked && (this.#asked.forced || this.#heardAll)) return this.#answer(transcript);
    this.#endedItself = true;
    this.#life.listener?.onEnded(transcript, 'turn');
  }

  get #heardAll(): boolean {
    return this.#heard >= this.#loud;
  }

  /** Gets us the words that were asked for, as soon as they are whole. */
  #pursue(): void {
    const asked = this.#asked;
    if (!asked || asked.forced || this.#life.closed) return;
    const waitedMs = this.#options.clock.now() - asked.sinceMs;
    // All of it is in turns that are over, or was no speech: an order to end would not be answered.
    if (!this.#inTurn && (this.#heardAll || waitedMs >= NO_TURN_AFTER_MS)) return this.#answer('');
    if (this.#inTurn && (this.#heardAll || waitedMs >= FORCE_AFTER_MS)) {
      asked.forced = true;
      this.#life.send(JSON.stringify({ type: 'ForceEndTurn' }));
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
    this.#life.listener?.onEnded(transcript, 'asked');
  }
}
