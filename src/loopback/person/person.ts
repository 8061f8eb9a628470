/** A synthetic speaker: a member of the guild who joins voice channels and talks as a real client would. */
import type { User, VoiceState } from '../guild/guild.ts';
import { FRAME_MS } from '../level.ts';
import { type OpusCodec, openOpus, SILENCE_FRAME } from '../opus.ts';
import type { Random } from '../random.ts';
import { Recording } from '../recording.ts';
import { type NetworkFaults, perfectNetwork } from '../voice/network-model.ts';
import { sendPictures } from './camera.ts';
import {
  type ClientKind,
  type Pause,
  planSpeech,
  planTone,
  type ScriptFrame,
  SILENCE_SCRIPT,
} from './script.ts';
import type { Header, Seat } from './seat.ts';

export interface SayOptions {
  client: ClientKind;
  /** Silences put into the speech. */
  pauses?: readonly Pause[];
  /** Breaks off after the frame that is being sent; the silence frames still follow. */
  signal?: AbortSignal;
}

/** All by performance.now. */
export interface Spoken {
  firstVoicedSentMs: number;
  lastVoicedSentMs: number;
  /** The last silence frame was sent. */
  endedMs: number;
}

export interface PersonHost {
  /** Seats the person in a channel at once. Throws when he may not enter it. */
  enter(person: Person, channelId: string): Seat;
  /** Resolves when the person and the bot, if it is in the channel, can hear each other. */
  settle(person: Person, seat: Seat, deadlineMs: number): Promise<void>;
  leave(person: Person): void;
  /** The person's client says something else of itself. */
  changed(person: Person, change: Partial<VoiceState>): void;
  random: Random;
  after(ms: number, fn: () => void): () => void;
}

export class Person {
  readonly user: User;
  /** This person's own chance: noise, RTP details. */
  readonly random: Random;
  readonly recording = new Recording();
  /** The network between the person and the voice server; change the values at any time. */
  readonly network: NetworkFaults = perfectNetwork();
  readonly #host: PersonHost;
  readonly #opus: OpusCodec = openOpus();
  #seat: Seat | null = null;
  #talking: AbortController | null = null;

  constructor(user: User, host: PersonHost) {
    this.user = user;
    this.random = host.random;
    this.#host = host;
  }

  get id(): string {
    return this.user.id;
  }

  get name(): string {
    return this.user.name;
  }

  /** Null outside of voice channels. */
  get seat(): Seat | null {
    return this.#seat;
  }

  get channelId(): string | null {
    return this.#seat?.call.channelId ?? null;
  }

  /** Of the present stay; null outside of voice channels. */
  get ssrc(): number | null {
    return this.#seat?.ssrc ?? null;
  }

  /** Resolves when in the channel and, if the bot is there, when both share a DAVE group. */
  async joinVoice(channelId: string, deadlineMs = 5000): Promise<void> {
    await this.#host.settle(this, this.moveTo(channelId), deadlineMs);
  }

  /** As `joinVoice`, without waiting for anything. Throws when he may not enter the channel. */
  moveTo(channelId: string): Seat {
    this.#stop('the person moved');
    this.#seat = null;
    this.#seat = this.#host.enter(this, channelId);
    return this.#seat;
  }

  leaveVoice(): void {
    this.#stop('the person left');
    this.#seat = null;
    this.#host.leave(this);
  }

  /**
   * Says 16 kHz PCM at the pace of real time. Rejects when nothing in it is voiced, when the person talks already,
   * or when he leaves (or the loopback closes) before the first voiced frame was sent.
   */
  async say(pcm16k: Int16Array, { client, pauses = [], signal }: SayOptions): Promise<Spoken> {
    const script = planSpeech(pcm16k, client, pauses, this.random);
    return await this.#perform(script, signal);
  }

  /** A tone at -20 dBFS for `ms` milliseconds, then five silence frames. */
  async sendTone(ms: number, hz: number): Promise<Spoken> {
    return await this.#perform(planTone(ms, hz));
  }

  /**
   * Sends one 20 ms Opus payload now, sealed by DAVE unless `dave` is false, as RTP payload type 120
   * unless given. The first of a stay may overtake its
   * announcement and be lost on the bot; `announce()` ahead of time avoids that.
   */
  sendOpus(packet: Buffer, options: Header & { dave?: boolean } = {}): void {
    const { dave = true, ...header } = options;
    const seat = this.#seated();
    seat.sendPayload(dave ? seat.seal(packet) : packet, header);
  }

  /** Op 12 and the voice state say that the camera is on or off. */
  camera(on: boolean): void {
    this.#seated().announceVideo(on);
    this.#host.changed(this, { selfVideo: on });
  }

  /** So many pictures of the camera at once, three packets and a repeat each. */
  sendPictures(count: number): void {
    sendPictures(this.#seated(), count);
  }

  /** Op 5 now: says whose the SSRC is. Speech does so by itself unless the knob `announceSpeaking` is off. */
  announce(): void {
    this.#seated().announce();
  }

  /** 20 ms of PCM (320 samples) as this person's encoder packs it. */
  encode(pcm: Int16Array): Buffer {
    return this.#opus.encode(pcm);
  }

  close(): void {
    this.#stop('the loopback was closed');
    this.#opus.close();
  }

  #seated(): Seat {
    if (!this.#seat) throw new Error(`${this.name} is in no voice channel`);
    return this.#seat;
  }

  #stop(reason: string): void {
    this.#talking?.abort(new Error(reason));
    this.#talking = null;
  }

  async #perform(script: readonly ScriptFrame[], signal?: AbortSignal): Promise<Spoken> {
    if (this.#talking) throw new Error(`${this.name} is talking already`);
    const seat = this.#seated();
    const controller = new AbortController();
    this.#talking = controller;
    const spoken = { firstVoicedSentMs: Number.NaN, lastVoicedSentMs: Number.NaN, endedMs: Number.NaN };
    let previous: ScriptFrame['kind'] = 'nothing';
    let brokenOffAt = Number.POSITIVE_INFINITY;
    // The announcement travels by TLS, the first packet by UDP: a frame's head start keeps them in order.
    const startMs = performance.now() + (seat.introduce() ? FRAME_MS : 0);
    seat.skipSilence();
    for (let i = 0; ; i++) {
      await this.#until(startMs + i * FRAME_MS, controller.signal);
      if (controller.signal.aborted) break;
      if (signal?.aborted) brokenOffAt = Math.min(brokenOffAt, i);
      const frame = i < brokenOffAt ? script[i] : SILENCE_SCRIPT[i - brokenOffAt];
      if (!frame) break;
      this.#sendFrame(seat, frame, previous);
      previous = frame.kind;
      const nowMs = performance.now();
      if (frame.voiced) {
        if (Number.isNaN(spoken.firstVoicedSentMs)) spoken.firstVoicedSentMs = nowMs;
        spoken.lastVoicedSentMs = nowMs;
      }
      if (frame.kind !== 'nothing') spoken.endedMs = nowMs;
    }
    if (this.#talking === controller) this.#talking = null;
    if (Number.isNaN(spoken.lastVoicedSentMs)) {
      throw new Error(`${this.name} was interrupted before the first word`, {
        cause: controller.signal.reason ?? signal?.reason,
      });
    }
    return spoken;
  }

  #sendFrame(seat: Seat, frame: ScriptFrame, previous: ScriptFrame['kind']): void {
    if (frame.kind === 'nothing') {
      seat.skipFrames(1);
      return;
    }
    if (frame.kind === 'silence') {
      seat.sendPayload(SILENCE_FRAME);
      return;
    }
    this.recording.add(performance.now(), frame.pcm);
    seat.sendPayload(seat.seal(this.#opus.encode(frame.pcm)), { marker: previous !== 'audio' });
  }

  async #until(atMs: number, signal: AbortSignal): Promise<void> {
    const waitMs = atMs - performance.now();
    if (waitMs <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#host.after(waitMs, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
