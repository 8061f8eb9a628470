/** A person in a call: the DAVE session and the RTP stream of one stay in one channel. */
import { type DAVESession, DAVESession as Session } from '@snazzah/davey';
import type { Knobs } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Random } from '../random.ts';
import type { Timers } from '../timers.ts';
import type { Call } from '../voice/call.ts';
import { type Participant, VOICE_OP } from '../voice/participant.ts';
import { OPUS_PAYLOAD_TYPE } from '../voice/rtp.ts';

const FRAME_TIMESTAMPS = 960;
/** Shares seen of real clients: most desktop packets carry an extension, a few are padded, some are both. */
const EXTENSION_SHARE = 0.5;
const PADDING_SHARE = 0.08;
/** The audio-level extension of a desktop client. */
const EXTENSION_BODY = Buffer.from([0x10, 0xff, 0x90, 0x00]);
const MAX_PADDING = 16;
const MEDIA_AUDIO = 0;

export interface SeatOptions {
  userId: string;
  ssrc: number;
  call: Call;
  knobs: Knobs;
  log: EventLog;
  timers: Timers;
  random: Random;
}

export class Seat implements Participant {
  readonly userId: string;
  readonly ssrc: number;
  readonly call: Call;
  readonly dave: DAVESession | null;
  readonly #options: SeatOptions;
  readonly #others = new Set<string>();
  #sequence: number;
  #timestamp: number;
  #lastSentMs = performance.now();
  #announced = false;

  constructor(options: SeatOptions) {
    this.#options = options;
    this.userId = options.userId;
    this.ssrc = options.ssrc;
    this.call = options.call;
    this.#sequence = Math.floor(options.random() * 0x10000);
    this.#timestamp = Math.floor(options.random() * 2 ** 32);
    const { daveVersion, channelId } = options.call;
    this.dave = daveVersion > 0 ? new Session(daveVersion, options.userId, channelId) : null;
  }

  /** Whether this person shares an established group with the user. */
  sharesGroupWith(userId: string): boolean {
    return this.dave?.ready === true && this.dave.getUserIds().includes(userId);
  }

  send(op: number, d: unknown): void {
    const fields = d as Record<string, unknown>;
    if (op === VOICE_OP.clientsConnect) {
      for (const id of fields.user_ids as string[]) this.#others.add(id);
    } else if (op === VOICE_OP.clientDisconnect) {
      this.#others.delete(String(fields.user_id));
    } else if (op === VOICE_OP.davePrepareEpoch && fields.epoch === 1) {
      this.#renewKeyPackage();
    }
  }

  sendBinary(op: number, payload: Buffer): void {
    if (!this.dave) return;
    if (op === VOICE_OP.daveExternalSender) {
      this.dave.setExternalSender(payload);
      this.#sendKeyPackage(this.dave.getSerializedKeyPackage());
    } else if (op === VOICE_OP.daveProposals) {
      this.#commit(payload);
    } else if (op === VOICE_OP.daveAnnounceCommit || op === VOICE_OP.daveWelcome) {
      this.#enterEpoch(op, payload);
    }
  }

  deliver(): void {
    // Persons hear the bot through the room, which asks one of them to decrypt.
  }

  #sendKeyPackage(keyPackage: Buffer): void {
    this.#options.timers.after(0, () => {
      if (this.#present) this.call.delivery?.keyPackage(this.userId, keyPackage);
    });
  }

  get #present(): boolean {
    return this.call.participants.get(this.userId) === this;
  }

  #renewKeyPackage(): void {
    if (!this.dave) return;
    this.dave.reinit(this.call.daveVersion, this.userId, this.call.channelId);
    this.#sendKeyPackage(this.dave.getSerializedKeyPackage());
  }

  /** Takes in the proposals at once, as every member must, and answers with a commit a little later. */
  #commit(proposals: Buffer): void {
    const result = this.dave?.processProposals(proposals.readUInt8(0), proposals.subarray(1), [
      ...this.#others,
    ]);
    if (!result?.commit) return;
    const message = Buffer.concat([result.commit, result.welcome ?? Buffer.alloc(0)]);
    this.#options.timers.after(this.#options.knobs.personCommitDelayMs, () => {
      if (this.#present) this.call.delivery?.commitWelcome(this.userId, message);
    });
  }

  #enterEpoch(op: number, payload: Buffer): void {
    const id = payload.readUInt16BE(0);
    try {
      if (op === VOICE_OP.daveWelcome) this.dave?.processWelcome(payload.subarray(2));
      else this.dave?.processCommit(payload.subarray(2));
      if (id === 0) return;
      this.#options.timers.after(0, () => this.call.delivery?.transitionReady(this.userId, id));
    } catch (error) {
      this.#options.log.add('person.daveError', { userId: this.userId, op, reason: String(error) });
      this.call.delivery?.invalid(this.userId, id);
      this.#renewKeyPackage();
    }
  }

  /** Decrypts somebody's DAVE frame. Throws when that is not possible. */
  decrypt(fromUserId: string, payload: Buffer): Buffer {
    if (!this.dave) throw new Error('the call is not encrypted');
    return this.dave.decrypt(fromUserId, MEDIA_AUDIO, payload);
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
  sendPayload(payload: Buffer, header: { marker?: boolean; payloadType?: number } = {}): void {
    const { random } = this.#options;
    this.introduce();
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.skipFrames(1);
    this.#lastSentMs = performance.now();
    this.call.route(this, {
      ssrc: this.ssrc,
      sequence: this.#sequence,
      timestamp: this.#timestamp,
      marker: header.marker ?? false,
      payloadType: header.payloadType ?? OPUS_PAYLOAD_TYPE,
      extension: random() < EXTENSION_SHARE ? EXTENSION_BODY : null,
      padding: random() < PADDING_SHARE ? 1 + Math.floor(random() * MAX_PADDING) : 0,
      payload,
    });
  }

  /** Announces the SSRC if that was not yet done in this stay and the knob allows it. Returns whether it did. */
  introduce(): boolean {
    if (this.#announced || !this.#options.knobs.announceSpeaking) return false;
    this.announce();
    return true;
  }

  /** Op 5: this SSRC is mine. */
  announce(): void {
    this.#announced = true;
    this.call.speaking(this, 1);
  }

  /** Seals one Opus payload for the group; in clear while there is no group. */
  seal(opus: Buffer): Buffer {
    return this.dave?.ready ? this.dave.encryptOpus(opus) : opus;
  }
}
