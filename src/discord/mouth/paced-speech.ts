/** One speech in the mouth: its frames, how loud they are, and how far it has come. */
import { FRAME_MS, samplesToMs } from '../../audio/pcm.ts';
import type { Played, Speech, SpeechEvents } from '../../conversation/ports.ts';
import { AnswerFrames } from './answer-frames.ts';
import { AudibleWatch } from './audible-watch.ts';
import { Level } from './level.ts';

/** What a speech asks of its mouth. */
export interface SpeechHost {
  /** There may be something to send, or nothing any more. */
  onChanged(speech: PacedSpeech): void;
  onResumed(speech: PacedSpeech): void;
}

export class PacedSpeech implements Speech {
  readonly rate: number;
  readonly #host: SpeechHost;
  readonly #events: SpeechEvents;
  readonly #frames: AnswerFrames;
  readonly #watch: AudibleWatch;
  readonly #level = new Level();
  #sentFrames = 0;
  /** Silence frames were sent since the last frame of it. */
  #interrupted = false;
  #paused = false;
  #over = false;

  /** @param rate of the PCM in Hz. */
  constructor(rate: number, events: SpeechEvents, host: SpeechHost) {
    this.rate = rate;
    this.#host = host;
    this.#events = events;
    this.#frames = new AnswerFrames(rate);
    this.#watch = new AudibleWatch((atMs) => events.onFirstAudible(atMs));
  }

  get paused(): boolean {
    return this.#paused && !this.#over;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Everything was sent that ever will be. */
  get exhausted(): boolean {
    return this.#frames.exhausted;
  }

  write(pcm: Int16Array): void {
    if (this.#over) return;
    this.#frames.write(pcm);
    this.#host.onChanged(this);
  }

  end(): void {
    if (this.#over || this.#frames.ended) return;
    this.#frames.end();
    this.#host.onChanged(this);
  }

  duck(): void {
    this.#level.duck();
  }

  unduck(): void {
    this.#level.unduck();
  }

  pause(): void {
    if (this.#over || this.#paused) return;
    this.#paused = true;
    this.#level.unduck();
    this.#host.onChanged(this);
  }

  resume(): void {
    if (this.#over || !this.#paused) return;
    this.#paused = false;
    this.#host.onResumed(this);
  }

  stop(): Played {
    this.#over = true;
    this.#host.onChanged(this);
    return this.#played(false);
  }

  /** The next frame as it is to be sent; null when there is none, or none now. */
  next(): Int16Array | null {
    if (this.#over || this.#paused) return null;
    const frame = this.#frames.next();
    if (frame) this.#level.apply(frame, { afterSilence: this.#interrupted });
    return frame;
  }

  /** `frame` was sent. */
  sent(frame: Int16Array, atMs: number): void {
    this.#interrupted = false;
    this.#sentFrames += 1;
    if (this.#sentFrames === 1) this.#events.onFirstFrame(atMs);
    this.#watch.accept(frame, atMs);
    this.#events.onProgress?.();
  }

  /** A silence frame was sent in its place. */
  silenceSent(): void {
    this.#interrupted = this.#sentFrames > 0;
    this.#watch.interrupt();
  }

  finish(atMs: number, complete: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.onDone(atMs, this.#played(complete));
  }

  #played(complete: boolean): Played {
    const trimmedMs = samplesToMs(this.#frames.trimmed, this.rate);
    return { playedMs: this.#sentFrames * FRAME_MS, trimmedMs, complete };
  }
}
