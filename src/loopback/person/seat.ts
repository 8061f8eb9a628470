/** A person in a call: the RTP stream of one stay in one channel, its announcements, and its place in the DAVE group. */
import { type Knobs, speakingMode } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Random } from '../random.ts';
import type { Timers } from '../timers.ts';
import type { Call } from '../voice/call.ts';
import { type NetworkFaults, NetworkModel } from '../voice/network-model.ts';
import { type Participant, VOICE_OP } from '../voice/participant.ts';
import { OPUS_PAYLOAD_TYPE, type RtpFrame } from '../voice/rtp.ts';
import { DaveMember } from './dave-member.ts';

const FRAME_TIMESTAMPS = 960;
/** Shares seen of real clients: most desktop packets carry an extension, a few are padded, some are both. */
const EXTENSION_SHARE = 0.5;
const PADDING_SHARE = 0.08;
/** The audio-level extension of a desktop client. */
const EXTENSION_BODY = Buffer.from([0x10, 0xff, 0x90, 0x00]);
const MAX_PADDING = 16;

export interface SeatOptions {
  userId: string;
  ssrc: number;
  call: Call;
  knobs: Knobs;
  /** The way from the person to the voice server. */
  network: NetworkFaults;
  log: EventLog;
  timers: Timers;
  random: Random;
}

/** What a packet's header may say beside the usual. */
export interface Header {
  marker?: boolean;
  payloadType?: number;
  csrcs?: readonly number[];
}

export class Seat implements Participant {
  readonly userId: string;
  readonly ssrc: number;
  readonly call: Call;
  readonly #options: SeatOptions;
  readonly #dave: DaveMember | null;
  readonly #network: NetworkModel<RtpFrame>;
  #sequence: number;
  #timestamp: number;
  #lastSentMs = performance.now();
  #announced = false;

  constructor(options: SeatOptions) {
    this.#options = options;
    const { userId, call, knobs, log, timers, random, network: faults } = options;
    this.userId = userId;
    this.ssrc = options.ssrc;
    this.call = call;
    this.#sequence = Math.floor(random() * 0x10000);
    this.#timestamp = Math.floor(random() * 2 ** 32);
    const present = () => this.#present;
    this.#dave = call.delivery ? new DaveMember({ userId, call, knobs, log, timers, random, present }) : null;
    this.#network = new NetworkModel<RtpFrame>({
      ...{ faults, random, timers },
      // What the voice server cannot open, it does not forward.
      damage: () => null,
      onDrop: (cause) => log.drop(cause, { direction: 'fromPerson', userId }),
    });
  }

  get #present(): boolean {
    return this.call.participants.get(this.userId) === this;
  }

  /** The SSRC of the person's camera. */
  get videoSsrc(): number {
    return this.ssrc + 1;
  }

  /** The SSRC of repeated video packets. */
  get rtxSsrc(): number {
    return this.ssrc + 2;
  }

  get privacyCode(): string | null {
    return this.#dave?.privacyCode ?? null;
  }

  /** Whether this person shares an established group with the user. */
  sharesGroupWith(userId: string): boolean {
    return this.#dave?.sharesGroupWith(userId) ?? false;
  }

  send(op: number, d: unknown): void {
    this.#dave?.receive(op, d as Record<string, unknown>);
  }

  sendBinary(op: number, payload: Buffer): void {
    this.#dave?.receiveBinary(op, payload);
  }

  deliver(): void {
    // Persons hear the bot through the room, which asks one of them to decrypt.
  }

  /** Decrypts somebody's DAVE frame. Throws when that is not possible. */
  decrypt(fromUserId: string, payload: Buffer): Buffer {
    if (!this.#dave) throw new Error('the call is not encrypted');
    return this.#dave.decrypt(fromUserId, payload);
  }

  /** Seals one Opus payload for the group; in clear while there is no group. */
  seal(opus: Buffer): Buffer {
    return this.#dave?.seal(opus) ?? opus;
  }

  /** Skips the time since the last packet in the RTP timestamp, as a client does that was silent. */
  skipSilence(): void {
    const frames = Math.floor((performance.now() - this.#lastSentMs) / 20);
    this.skipFrames(Math.max(0, frames - 1));
  }

  skipFrames(count: number): void {
    this.#timestamp = (this.#timestamp + count * FRAME_TIMESTAMPS) >>> 0;
  }

  /** Sends one 20 ms payload now; announces the SSRC before the first of the stay. */
  sendPayload(payload: Buffer, header: Header = {}): void {
    const { random } = this.#options;
    this.introduce();
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.skipFrames(1);
    this.#lastSentMs = performance.now();
    this.sendFrame({
      ssrc: this.ssrc,
      sequence: this.#sequence,
      timestamp: this.#timestamp,
      marker: header.marker ?? false,
      payloadType: header.payloadType ?? OPUS_PAYLOAD_TYPE,
      extension: random() < EXTENSION_SHARE ? EXTENSION_BODY : null,
      padding: random() < PADDING_SHARE ? 1 + Math.floor(random() * MAX_PADDING) : 0,
      ...(header.csrcs ? { csrcs: header.csrcs } : {}),
      payload,
    });
  }

  /** Any packet of this person, over the person's own network. */
  sendFrame(frame: RtpFrame): void {
    this.#network.carry(frame, (arriving) => this.call.route(this, arriving));
  }

  /** Announces the SSRC if that was not yet done in this stay and the knob allows it. Returns whether it did so now. */
  introduce(): boolean {
    const { knobs, timers } = this.#options;
    const mode = speakingMode(knobs);
    if (this.#announced || mode === 'never') return false;
    if (mode === 'late') {
      this.#announced = true;
      timers.after(knobs.announceLateMs, () => this.announce());
      return false;
    }
    this.announce();
    return true;
  }

  /** Op 5: this SSRC is mine. */
  announce(speaking = 1): void {
    this.#announced = true;
    this.call.speaking(this, speaking);
  }

  /** Op 12: which streams the camera sends, or that it is off. */
  announceVideo(on: boolean): void {
    const { userId, ssrc, videoSsrc, rtxSsrc } = this;
    const stream = {
      type: 'video',
      rid: '100',
      ssrc: videoSsrc,
      rtx_ssrc: rtxSsrc,
      active: on,
      quality: 100,
    };
    const d = {
      ...{ user_id: userId, audio_ssrc: ssrc, streams: [stream] },
      ...{ video_ssrc: on ? videoSsrc : 0, rtx_ssrc: on ? rtxSsrc : 0 },
    };
    this.call.tell(VOICE_OP.video, d, this);
  }
}
