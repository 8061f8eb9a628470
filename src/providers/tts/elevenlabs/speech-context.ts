/** One answer spoken in one context of ElevenLabs' socket: its clauses out, its audio in, clause by clause. */
import type { Clock, Timer } from '../../../base/clock.ts';
import { ParleyError } from '../../../base/errors.ts';
import { AsyncQueue } from '../../async-queue.ts';
import { elevenLabsError } from '../../wire/elevenlabs-errors.ts';
import { PcmJoiner } from '../pcm-joiner.ts';
import type { TtsChunk, TtsReply } from '../tts.ts';
import { ClauseTracker, hasWords } from './clause-tracker.ts';
import { closeContext, openContext, type SpeechMessage } from './messages.ts';
import type { ElevenLabsVoiceSettings } from './options.ts';

/** Nothing of what was asked for comes within this: it never does. The answer is given up at 2 s to 4 s anyway. */
const SILENCE_MS = 3_000;

/** What a context asks of its connection. */
export interface ContextHost {
  readonly clock: Clock;
  readonly settings: ElevenLabsVoiceSettings | undefined;
  /** Whether there is a socket; without one, a context waits until it is open. */
  readonly connected: boolean;
  send(message: string): void;
  /** Sends a clause, which is paid for. */
  say(contextId: string, clause: string): void;
  /** It has something to say and no context: `begin` is called once there is a place. */
  want(context: SpeechContext): void;
  /** It is over. `contextId`: a context that the service has not called final. `closed`: it was told to close it. */
  over(context: SpeechContext, contextId: string | null, closed: boolean): void;
}

/** `ended`: no more clauses come, some are still to be spoken. `over`: nothing more is yielded. */
type State = 'open' | 'ended' | 'over';

export class SpeechContext implements TtsReply {
  readonly audio = new AsyncQueue<TtsChunk>();
  readonly #host: ContextHost;
  readonly #tracker = new ClauseTracker();
  #joiner = new PcmJoiner();
  #state: State = 'open';
  /** Null while it waits for a place, or has nothing to say. */
  #contextId: string | null = null;
  #wanted = false;
  /** Since when it waits for a socket, and how long it did. */
  #coldSinceMs: number | null = null;
  #connectMs: number | null = null;
  /** Text was sent a second time after a socket was lost; that is done once. */
  #sentAgain = false;
  #silence: Timer | null = null;
  #quiet: Timer | null = null;

  constructor(host: ContextHost) {
    this.#host = host;
  }

  speak(clause: string): void {
    if (this.#state !== 'open') return;
    this.#push(this.#tracker.add(clause));
    this.#watch();
    if (!hasWords(clause)) return;
    if (this.#contextId !== null) this.#host.say(this.#contextId, clause);
    else this.#want();
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    if (this.#contextId !== null) this.#host.send(closeContext(this.#contextId));
    // What waits for a context is closed once it has been said.
    else if (!this.#wanted) this.#complete();
    this.#watch();
  }

  cancel(): void {
    this.audio.abort();
    this.#finish();
  }

  fail(error: ParleyError): void {
    if (this.#state === 'over') return;
    if (this.#tracker.complete) this.#push(this.#tracker.finish());
    this.audio.fail(error);
    this.#finish();
  }

  /** There is a place: says what was not said. */
  begin(contextId: string): void {
    this.#wanted = false;
    if (this.#coldSinceMs !== null) this.#connectMs = this.#host.clock.now() - this.#coldSinceMs;
    this.#contextId = contextId;
    this.#joiner = new PcmJoiner();
    this.#host.send(openContext(contextId, this.#host.settings));
    for (const clause of this.#tracker.unfinished) {
      // A socket that was lost on the way has taken the context along.
      if (this.#contextId !== contextId) return;
      this.#host.say(contextId, clause);
    }
    if (this.#state === 'ended' && this.#contextId === contextId) this.#host.send(closeContext(contextId));
    this.#watch();
  }

  onMessage({ audio, alignment, flushed, final, error }: SpeechMessage): void {
    if (this.#state === 'over') return;
    if (error) return this.fail(elevenLabsError(error, 'TTS'));
    if (audio) this.#push(this.#tracker.accept(this.#joiner.push(audio), alignment));
    if (flushed && this.#tracker.quietMs !== null) this.#push(this.#tracker.finish());
    if (final) return this.#onFinal();
    this.#watch();
  }

  /** The socket is gone. `again`: there will be another, on which what nothing was heard of is asked for once more. */
  lost(error: ParleyError, again: boolean): void {
    this.#contextId = null;
    if (this.#state === 'over') return;
    if (this.#tracker.complete) this.#push(this.#tracker.finish());
    if (!this.#tracker.waiting) {
      this.#push(this.#tracker.finishAll());
      if (this.#state === 'ended') this.#complete();
      return;
    }
    if (!again || this.#tracker.midClause || this.#sentAgain) return this.fail(error);
    this.#sentAgain = true;
    this.#want();
  }

  /** The service closed the context: after `end`, or because nothing was said for long. */
  #onFinal(): void {
    this.#contextId = null;
    if (this.#state === 'ended') {
      this.#push(this.#tracker.finishAll());
      return this.#complete();
    }
    if (!this.#tracker.waiting) this.#push(this.#tracker.finishAll());
    else this.lost(unspoken(), true);
    this.#watch();
  }

  #want(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    if (!this.#host.connected) this.#coldSinceMs ??= this.#host.clock.now();
    this.#host.want(this);
  }

  #push(chunks: readonly TtsChunk[]): void {
    for (const chunk of chunks) {
      this.audio.push(this.#connectMs === null ? chunk : { ...chunk, connectMs: this.#connectMs });
      this.#connectMs = null;
    }
  }

  #complete(): void {
    this.audio.end();
    this.#finish();
  }

  /** While audio is owed, it must come in time; when it stops coming, a clause may be at its end. */
  #watch(): void {
    this.#silence?.cancel();
    this.#quiet?.cancel();
    this.#silence = null;
    this.#quiet = null;
    if (this.#state === 'over') return;
    const { clock } = this.#host;
    if (this.#tracker.waiting || this.#state === 'ended')
      this.#silence = clock.setTimer(SILENCE_MS, () => this.#onSilence());
    const quietMs = this.#tracker.quietMs;
    if (quietMs === null) return;
    this.#quiet = clock.setTimer(quietMs, () => {
      this.#push(this.#tracker.finish());
      this.#watch();
    });
  }

  /** All was spoken, only not called final: that is no failure. */
  #onSilence(): void {
    if (this.#tracker.waiting) return this.fail(silent());
    this.#push(this.#tracker.finishAll());
    this.#complete();
  }

  #finish(): void {
    if (this.#state === 'over') return;
    const closed = this.#state === 'ended';
    this.#state = 'over';
    this.#watch();
    const contextId = this.#contextId;
    this.#contextId = null;
    this.#wanted = false;
    this.#host.over(this, contextId, closed);
  }
}

const silent = (): ParleyError =>
  new ParleyError(`ElevenLabs sent nothing for ${SILENCE_MS} ms`, {
    code: 'TTS_TIMEOUT',
    remedy: 'Try again; if it stays, look at status.elevenlabs.io and at the network of this machine.',
    retryable: true,
  });

const unspoken = (): ParleyError =>
  new ParleyError('ElevenLabs ended an answer before it was spoken', {
    code: 'TTS_ENDED_EARLY',
    remedy: 'Try again; if it stays, choose another voice or model.',
    retryable: true,
  });
