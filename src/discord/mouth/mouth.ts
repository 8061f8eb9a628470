/** The agent's voice in the channel: PCM to Opus, one packet every 20 ms, silence frames at the end. */
import { createOpusEncoder, OPUS_SILENCE, type OpusEncoder } from '../../audio/opus.ts';
import { FRAME_MS } from '../../audio/pcm.ts';
import type { Clock } from '../../base/clock.ts';
import type { Mouth, Played, Speech, SpeechEvents } from '../../conversation/ports.ts';
import { AnswerFrames } from './answer-frames.ts';
import { AudibleWatch } from './audible-watch.ts';
import { Pacer } from './pacer.ts';

/** Where packets go: a voice connection, or a stand-in. */
export interface PacketSink {
  /** False while packets would be lost or leave unencrypted: nothing is sent then. */
  ready(): boolean;
  send(packet: Buffer): void;
  setSpeaking(speaking: boolean): void;
}

/** Discord asks for five, so that listeners do not interpolate into the next talk. */
const SILENCE_FRAMES = 5;
/** A connection that is not ready this long ends the speech under way. */
const NOT_READY_MAX_MS = 3_000;

class PacedSpeech implements Speech {
  readonly frames: AnswerFrames;
  readonly events: SpeechEvents;
  readonly watch: AudibleWatch;
  readonly #wake: () => void;
  sentFrames = 0;
  over = false;

  constructor(rate: number, events: SpeechEvents, wake: () => void) {
    this.frames = new AnswerFrames(rate);
    this.events = events;
    this.watch = new AudibleWatch((atMs) => events.onFirstAudible(atMs));
    this.#wake = wake;
  }

  get played(): Played {
    return { playedMs: this.sentFrames * FRAME_MS, complete: false };
  }

  write(pcm: Int16Array): void {
    if (this.over) return;
    this.frames.write(pcm);
    this.#wake();
  }

  end(): void {
    if (this.over || this.frames.ended) return;
    this.frames.end();
    this.#wake();
  }

  stop(): Played {
    this.over = true;
    this.#wake();
    return this.played;
  }

  finish(atMs: number, complete: boolean): void {
    if (this.over) return;
    this.over = true;
    this.events.onDone(atMs, { ...this.played, complete });
  }
}

export class DiscordMouth implements Mouth {
  readonly #clock: Clock;
  readonly #sink: PacketSink;
  readonly #pacer: Pacer;
  readonly #encoders = new Map<number, OpusEncoder>();
  #speech: PacedSpeech | null = null;
  #rate = 16_000;
  /** Silence frames still owed to the listeners; 0 when they were sent or nothing was said. */
  #silenceDue = 0;
  /** Discord shows the agent as speaking. */
  #speaking = false;
  #notReadySinceMs: number | null = null;

  constructor(clock: Clock, sink: PacketSink) {
    this.#clock = clock;
    this.#sink = sink;
    this.#pacer = new Pacer(clock, (atMs) => this.#tick(atMs));
  }

  begin(sampleRate: number, events: SpeechEvents): Speech {
    this.#speech?.finish(this.#clock.now(), false);
    this.#rate = sampleRate;
    this.#speech = new PacedSpeech(sampleRate, events, () => this.#pacer.wake());
    return this.#speech;
  }

  /** Ends what is being said, at once and without silence frames: the connection is going away. */
  close(): void {
    this.#pacer.rest();
    this.#speech?.finish(this.#clock.now(), false);
    this.#speech = null;
    for (const encoder of this.#encoders.values()) encoder.close();
    this.#encoders.clear();
  }

  /** One frame of the speech, else one of silence while the listeners are owed any, else rest. */
  #tick(atMs: number): boolean {
    const speech = this.#speech;
    if (!this.#sink.ready()) return this.#waitForConnection(atMs, speech);
    this.#notReadySinceMs = null;
    const frame = speech && !speech.over ? speech.frames.next() : null;
    if (speech && frame) {
      this.#sendFrame(speech, frame, atMs);
      return true;
    }
    if (speech && !speech.over && speech.frames.ended) speech.finish(atMs, true);
    if (speech?.over && this.#speech === speech) this.#speech = null;
    return this.#sendSilence();
  }

  #sendFrame(speech: PacedSpeech, frame: Int16Array, atMs: number): void {
    this.#sink.send(this.#encoder().encode(frame));
    this.#silenceDue = SILENCE_FRAMES;
    this.#speaking = true;
    speech.sentFrames += 1;
    if (speech.sentFrames === 1) speech.events.onFirstFrame(atMs);
    speech.watch.accept(frame, atMs);
    speech.events.onProgress?.();
  }

  /** While more of an unfinished speech may come (its voice is late), the speaking flag stays up. */
  #sendSilence(): boolean {
    if (this.#silenceDue > 0) {
      this.#sink.send(OPUS_SILENCE);
      this.#silenceDue -= 1;
      return true;
    }
    if (this.#speaking && !this.#speech) {
      this.#sink.setSpeaking(false);
      this.#speaking = false;
    }
    return false;
  }

  #waitForConnection(atMs: number, speech: PacedSpeech | null): boolean {
    this.#notReadySinceMs ??= atMs;
    if (speech && !speech.over && atMs - this.#notReadySinceMs < NOT_READY_MAX_MS) return true;
    speech?.finish(atMs, false);
    this.#speech = null;
    this.#silenceDue = 0;
    this.#notReadySinceMs = null;
    return false;
  }

  #encoder(): OpusEncoder {
    let encoder = this.#encoders.get(this.#rate);
    if (!encoder) {
      encoder = createOpusEncoder(this.#rate);
      this.#encoders.set(this.#rate, encoder);
    }
    return encoder;
  }
}
