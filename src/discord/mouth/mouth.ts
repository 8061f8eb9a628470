/** The agent's voice in the channel: PCM to Opus, one packet every 20 ms, silence frames at the end. */
import { createOpusEncoder, OPUS_SILENCE, type OpusEncoder } from '../../audio/opus.ts';
import { FRAME_MS } from '../../audio/pcm.ts';
import type { Clock } from '../../base/clock.ts';
import type { Mouth, Speech, SpeechEvents } from '../../conversation/ports.ts';
import { PacedSpeech, type SpeechHost } from './paced-speech.ts';
import { Pacer } from './pacer.ts';

/** Where packets go: a voice connection, or a stand-in. */
export interface PacketSink {
  /** False while packets would be lost or leave unencrypted: nothing is sent then. */
  ready(): boolean;
  /** False while nobody would hear it: what is said ends at once, unheard. Without it, always true. */
  allowed?(): boolean;
  send(packet: Buffer): void;
  setSpeaking(speaking: boolean): void;
}

/** Discord asks for five, so that listeners do not interpolate into the next talk. */
const SILENCE_FRAMES = 5;
/** A connection that is not ready this long ends the speech under way. */
const NOT_READY_MAX_MS = 3_000;

export class DiscordMouth implements Mouth {
  readonly #clock: Clock;
  readonly #sink: PacketSink;
  readonly #openEncoder: (rate: number) => OpusEncoder;
  readonly #pacer: Pacer;
  readonly #encoders = new Map<number, OpusEncoder>();
  readonly #host: SpeechHost;
  #speech: PacedSpeech | null = null;
  #lastPacketMs = Number.NEGATIVE_INFINITY;
  /** Silence frames still owed to the listeners; 0 when they were sent or nothing was said. */
  #silenceDue = 0;
  /** Discord shows the agent as speaking. */
  #speaking = false;
  #notReadySinceMs: number | null = null;

  /** @param openEncoder for the PCM's rate in Hz; one is opened for each rate, and closed with the mouth. */
  constructor(clock: Clock, sink: PacketSink, openEncoder = createOpusEncoder) {
    this.#clock = clock;
    this.#sink = sink;
    this.#openEncoder = openEncoder;
    this.#pacer = new Pacer(clock, (atMs) => this.#tick(atMs));
    this.#host = {
      onChanged: (speech) => {
        if (speech === this.#speech) this.#pacer.wake();
      },
      onResumed: (speech) => {
        if (speech === this.#speech) this.#restart();
      },
    };
  }

  begin(sampleRate: number, events: SpeechEvents): Speech {
    const before = this.#speech;
    const speech = new PacedSpeech(sampleRate, events, this.#host);
    this.#speech = speech;
    before?.finish(this.#clock.now(), false);
    this.#restart();
    return speech;
  }

  /** Ends what is being said, at once and without silence frames: the connection is going away. */
  close(): void {
    this.#pacer.rest();
    this.#speech?.finish(this.#clock.now(), false);
    this.#speech = null;
    for (const encoder of this.#encoders.values()) encoder.close();
    this.#encoders.clear();
  }

  #restart(): void {
    this.#pacer.restart(this.#lastPacketMs + FRAME_MS);
  }

  /** One frame of the speech, else one of silence while the listeners are owed any, else rest. */
  #tick(atMs: number): boolean {
    const speech = this.#speech;
    if (this.#sink.allowed?.() === false) return this.#endUnheard(atMs, speech);
    if (!this.#sink.ready()) return this.#waitForConnection(atMs, speech);
    this.#notReadySinceMs = null;
    const frame = speech?.next();
    if (speech && frame) {
      this.#sendFrame(speech, frame, atMs);
      return true;
    }
    if (speech?.exhausted) speech.finish(atMs, true);
    if (speech?.over && this.#speech === speech) this.#speech = null;
    // A paused speech keeps the ticks coming, so that the loss of its connection is noticed.
    return this.#sendSilence(atMs) || this.#speech?.paused === true;
  }

  #sendFrame(speech: PacedSpeech, frame: Int16Array, atMs: number): void {
    const encoder = this.#encoder(speech.rate);
    if (this.#silenceDue < SILENCE_FRAMES) encoder.reset();
    this.#send(encoder.encode(frame), atMs);
    this.#silenceDue = SILENCE_FRAMES;
    this.#speaking = true;
    speech.sent(frame, atMs);
  }

  /** While more of an unfinished speech may come (its voice is late), the speaking flag stays up. */
  #sendSilence(atMs: number): boolean {
    if (this.#silenceDue > 0) {
      this.#send(OPUS_SILENCE, atMs);
      this.#silenceDue -= 1;
      this.#speech?.silenceSent();
      return true;
    }
    if (!this.#speech || this.#speech.paused) this.#lowerFlag();
    return false;
  }

  #lowerFlag(): void {
    if (this.#speaking) this.#sink.setSpeaking(false);
    this.#speaking = false;
  }

  #send(packet: Buffer, atMs: number): void {
    this.#sink.send(packet);
    this.#lastPacketMs = atMs;
  }

  #endUnheard(atMs: number, speech: PacedSpeech | null): boolean {
    this.#speech = null;
    this.#silenceDue = 0;
    this.#lowerFlag();
    speech?.finish(atMs, false);
    return false;
  }

  #waitForConnection(atMs: number, speech: PacedSpeech | null): boolean {
    this.#notReadySinceMs ??= atMs;
    if (speech && !speech.over && atMs - this.#notReadySinceMs < NOT_READY_MAX_MS) return true;
    this.#speech = null;
    this.#silenceDue = 0;
    this.#notReadySinceMs = null;
    this.#lowerFlag();
    speech?.finish(atMs, false);
    return false;
  }

  #encoder(rate: number): OpusEncoder {
    let encoder = this.#encoders.get(rate);
    if (!encoder) {
      encoder = this.#openEncoder(rate);
      this.#encoders.set(rate, encoder);
    }
    return encoder;
  }
}
