/** One voice channel alive: who is in it, who announced which SSRC, and the forwarding of everyone's audio to all others. */
import { DeliveryService } from '../dave/delivery.ts';
import { type Knobs, speakingMode } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Timers } from '../timers.ts';
import { type Participant, VOICE_OP } from './participant.ts';
import type { RtpFrame } from './rtp.ts';

export interface CallOptions {
  channelId: string;
  /** Whether the call is end-to-end encrypted (it may be downgraded meanwhile). */
  dave: boolean;
  knobs: Knobs;
  log: EventLog;
  timers: Timers;
  /** See `DeliveryOptions`. */
  rejectable: (userId: string) => boolean;
  /** See `DeliveryOptions`. */
  outgoing: (userId: string, op: number, payload: Buffer) => Buffer;
  /** Why this user's voice may not be heard now (muted, suppressed); null when it may. */
  whyUnheard: (userId: string) => string | null;
  /** Why this user may not hear now (deafened); null when he may. */
  whyDeaf: (userId: string) => string | null;
  /** Everything that is forwarded passes here too. */
  onFrame: (frame: RtpFrame, fromUserId: string) => void;
  onSpeaking: (userId: string, ssrc: number, speaking: number) => void;
}

/** What desktop clients say of themselves (seen, not documented): op 18 and op 20. */
const CLIENT_FLAGS = 3;
const DESKTOP = 0;

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
    const { channelId, knobs, log, timers, outgoing, rejectable } = options;
    this.delivery = options.dave
      ? new DeliveryService({
          ...{ channelId, knobs: knobs.dave, log, timers, outgoing, rejectable },
          participants: this.participants,
        })
      : null;
  }

  /** The DAVE protocol version in force: 0 without end-to-end encryption. */
  get daveVersion(): number {
    return this.delivery?.version ?? 0;
  }

  /** What a client must speak to be let in: 4017 is the answer to less. */
  get requiredDaveVersion(): number {
    return this.daveVersion;
  }

  join(participant: Participant): void {
    const { userId } = participant;
    const { knobs, log } = this.#options;
    if (this.participants.has(userId)) this.leave(userId);
    const others = [...this.participants.values()];
    this.participants.set(userId, participant);
    for (const other of others) this.#introduce([userId], other);
    if (others.length > 0) {
      const ids = others.map((other) => other.userId);
      this.#introduce(ids, participant);
    }
    if (speakingMode(knobs) !== 'notToLateJoiners') {
      for (const [speakerId, { ssrc, speaking }] of this.#announced) {
        participant.send(VOICE_OP.speaking, { user_id: speakerId, ssrc, speaking });
      }
    }
    log.add('call.join', { channelId: this.channelId, userId, ssrc: participant.ssrc });
    this.delivery?.join(participant);
  }

  /** Op 11, and what real servers send beside it. */
  #introduce(userIds: readonly string[], to: Participant): void {
    to.send(VOICE_OP.clientsConnect, { user_ids: userIds });
    for (const id of userIds) {
      to.send(VOICE_OP.clientFlags, { user_id: id, flags: CLIENT_FLAGS });
      to.send(VOICE_OP.clientPlatform, { user_id: id, platform: DESKTOP });
    }
  }

  /** Removes a user, or, when given, only that very participant of his. */
  leave(userId: string, only?: Participant): void {
    const participant = this.participants.get(userId);
    if (!participant || (only && participant !== only)) return;
    this.participants.delete(userId);
    this.#announced.delete(userId);
    this.tell(VOICE_OP.clientDisconnect, { user_id: userId });
    this.#options.log.add('call.leave', { channelId: this.channelId, userId });
    this.delivery?.leave(userId);
  }

  /** Op 5 of a participant, to all others. */
  speaking(from: Participant, speaking: number): void {
    const { userId, ssrc } = from;
    if (this.participants.get(userId) !== from) return;
    this.#announced.set(userId, { ssrc, speaking });
    this.#options.onSpeaking(userId, ssrc, speaking);
    this.tell(VOICE_OP.speaking, { user_id: userId, ssrc, speaking }, from);
  }

  /** A message to everybody, except one. */
  tell(op: number, d: unknown, except?: Participant): void {
    for (const other of this.participants.values()) if (other !== except) other.send(op, d);
  }

  /** Forwards one packet to everybody else, with its sender's SSRC, sequence and timestamp. */
  route(from: Participant, frame: RtpFrame): void {
    const { log, whyUnheard, whyDeaf, onFrame } = this.#options;
    const { userId } = from;
    const gone = this.participants.get(userId) !== from;
    const unheard = gone ? 'left' : whyUnheard(userId);
    if (unheard !== null) {
      log.drop(unheard, { userId, channelId: this.channelId });
      return;
    }
    onFrame(frame, userId);
    for (const other of this.participants.values()) {
      if (other === from) continue;
      const deaf = whyDeaf(other.userId);
      if (deaf === null) other.deliver(frame, userId);
      else log.drop(deaf, { userId, channelId: this.channelId, listenerId: other.userId });
    }
  }
}
