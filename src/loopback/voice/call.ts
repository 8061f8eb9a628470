/** One voice channel alive: who is in it, who announced which SSRC, and the forwarding of everyone's audio to all others. */
import { DAVE_VERSION, DeliveryService } from '../dave/delivery.ts';
import type { Knobs } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Timers } from '../timers.ts';
import { type Participant, VOICE_OP } from './participant.ts';
import type { RtpFrame } from './rtp.ts';

export interface CallOptions {
  channelId: string;
  dave: boolean;
  knobs: Knobs;
  log: EventLog;
  timers: Timers;
  /** See `DeliveryOptions.outgoing`. */
  outgoing: (userId: string, op: number, payload: Buffer) => Buffer;
  /** Whether this user's voice may be heard now (not muted, not suppressed). */
  maySpeak: (userId: string) => boolean;
  /** Whether this user may hear now (not deafened). */
  mayHear: (userId: string) => boolean;
  /** Everything that is forwarded passes here too. */
  onFrame: (frame: RtpFrame, fromUserId: string) => void;
  onSpeaking: (userId: string, ssrc: number, speaking: number) => void;
}

export class Call {
  readonly channelId: string;
  readonly participants = new Map<string, Participant>();
  readonly delivery: DeliveryService | null;
  readonly #options: CallOptions;
  /** The last op 5 of each speaker, told to those who join later. */
  readonly #announced = new Map<string, { ssrc: number; speaking: number }>();

  constructor(options: CallOptions) {
    this.channelId = options.channelId;
    this.#options = options;
    const { channelId, log, timers, outgoing } = options;
    this.delivery = options.dave
      ? new DeliveryService({ channelId, participants: this.participants, log, timers, outgoing })
      : null;
  }

  /** The DAVE protocol version of the call: 0 without end-to-end encryption. */
  get daveVersion(): number {
    return this.delivery ? DAVE_VERSION : 0;
  }

  /** What a client must speak to be let in: 4017 is the answer to less. */
  get requiredDaveVersion(): number {
    return this.delivery ? DAVE_VERSION : 0;
  }

  join(participant: Participant): void {
    const { userId } = participant;
    if (this.participants.has(userId)) this.leave(userId);
    const others = [...this.participants.values()];
    this.participants.set(userId, participant);
    for (const other of others) other.send(VOICE_OP.clientsConnect, { user_ids: [userId] });
    if (others.length > 0) {
      participant.send(VOICE_OP.clientsConnect, { user_ids: others.map((other) => other.userId) });
    }
    for (const [speakerId, { ssrc, speaking }] of this.#announced) {
      participant.send(VOICE_OP.speaking, { user_id: speakerId, ssrc, speaking });
    }
    this.#options.log.add('call.join', { channelId: this.channelId, userId, ssrc: participant.ssrc });
    this.delivery?.join(participant);
  }

  /** Removes a user, or, when given, only that very participant of his. */
  leave(userId: string, only?: Participant): void {
    const participant = this.participants.get(userId);
    if (!participant || (only && participant !== only)) return;
    this.participants.delete(userId);
    this.#announced.delete(userId);
    for (const other of this.participants.values()) {
      other.send(VOICE_OP.clientDisconnect, { user_id: userId });
    }
    this.#options.log.add('call.leave', { channelId: this.channelId, userId });
    this.delivery?.leave(userId);
  }

  /** Op 5 of a participant, to all others. */
  speaking(from: Participant, speaking: number): void {
    const { userId, ssrc } = from;
    if (this.participants.get(userId) !== from) return;
    this.#announced.set(userId, { ssrc, speaking });
    this.#options.onSpeaking(userId, ssrc, speaking);
    for (const other of this.participants.values()) {
      if (other !== from) other.send(VOICE_OP.speaking, { user_id: userId, ssrc, speaking });
    }
  }

  /** Forwards one packet to everybody else, with its sender's SSRC, sequence and timestamp. */
  route(from: Participant, frame: RtpFrame): void {
    if (this.participants.get(from.userId) !== from || !this.#options.maySpeak(from.userId)) return;
    this.#options.onFrame(frame, from.userId);
    for (const other of this.participants.values()) {
      if (other !== from && this.#options.mayHear(other.userId)) other.deliver(frame, from.userId);
    }
  }
}
