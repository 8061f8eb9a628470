/** A person's side of DAVE in one call: takes part in the group, seals and opens frames, and follows every transition. */
import { type DAVESession, DAVESession as Session } from '@snazzah/davey';
import type { DeliveryService } from '../dave/delivery.ts';
import type { Knobs } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Random } from '../random.ts';
import type { Timers } from '../timers.ts';
import type { Call } from '../voice/call.ts';
import { VOICE_OP } from '../voice/participant.ts';

const MEDIA_AUDIO = 0;
const VERSION = 1;

export interface DaveMemberOptions {
  userId: string;
  call: Call;
  knobs: Knobs;
  log: EventLog;
  timers: Timers;
  random: Random;
  /** Whether the person still sits in the call. */
  present(): boolean;
}

export class DaveMember {
  readonly #options: DaveMemberOptions;
  readonly #others = new Set<string>();
  #session: DAVESession | null = null;
  #latestPackage: Buffer | null = null;
  /** A key package was sent. */
  #introduced = false;
  /** Whether frames go out sealed as soon as there is a group. */
  #sealing: boolean;
  /** What transitions that are announced will bring, by number. */
  readonly #announced = new Map<number, number>();

  constructor(options: DaveMemberOptions) {
    this.#options = options;
    const { daveVersion } = options.call;
    this.#sealing = daveVersion > 0;
    if (daveVersion > 0) this.#session = this.#newSession();
  }

  get privacyCode(): string | null {
    return this.#session?.ready ? this.#session.voicePrivacyCode : null;
  }

  /** Whether this person shares an established group with the user. */
  sharesGroupWith(userId: string): boolean {
    return this.#session?.ready === true && this.#session.getUserIds().includes(userId);
  }

  /** Seals one Opus payload for the group; in clear while there is no group, or while the call is downgraded. */
  seal(opus: Buffer): Buffer {
    if (!this.#session?.ready || !this.#sealing) return opus;
    if (this.#befalls('plainRate', 'plainNext')) return opus;
    const sealed = this.#session.encryptOpus(opus);
    if (!this.#befalls('undecryptableRate', 'undecryptableNext')) return sealed;
    sealed[0] = (sealed[0] ?? 0) ^ 0xff;
    return sealed;
  }

  #befalls(rate: 'plainRate' | 'undecryptableRate', next: 'plainNext' | 'undecryptableNext'): boolean {
    const { dave } = this.#options.knobs;
    if (dave[next] > 0) {
      dave[next] -= 1;
      return true;
    }
    return dave[rate] > 0 && this.#options.random() < dave[rate];
  }

  /** Opens somebody's sealed frame. Throws when that is not possible. */
  decrypt(fromUserId: string, payload: Buffer): Buffer {
    if (!this.#session) throw new Error('the call is not encrypted');
    return this.#session.decrypt(fromUserId, MEDIA_AUDIO, payload);
  }

  /** A JSON message of the voice gateway. */
  receive(op: number, d: Record<string, unknown>): void {
    if (op === VOICE_OP.clientsConnect) {
      for (const id of d.user_ids as string[]) this.#others.add(id);
    } else if (op === VOICE_OP.clientDisconnect) {
      this.#others.delete(String(d.user_id));
    } else if (op === VOICE_OP.davePrepareEpoch && d.epoch === 1) {
      this.#renewKeyPackage();
    } else if (op === VOICE_OP.davePrepareTransition) {
      const id = Number(d.transition_id);
      this.#announced.set(id, Number(d.protocol_version));
      if (id === 0) this.#execute(id);
      else this.#sayReady(id);
    } else if (op === VOICE_OP.daveExecuteTransition) this.#execute(Number(d.transition_id));
  }

  /** A binary message of the voice gateway. */
  receiveBinary(op: number, payload: Buffer): void {
    if (op === VOICE_OP.daveExternalSender) this.#meetSender(payload);
    else if (op === VOICE_OP.daveProposals) this.#commit(payload);
    else if (op === VOICE_OP.daveAnnounceCommit || op === VOICE_OP.daveWelcome) this.#enterEpoch(op, payload);
  }

  #newSession(): DAVESession {
    return new Session(VERSION, this.#options.userId, this.#options.call.channelId);
  }

  #meetSender(externalSender: Buffer): void {
    this.#session ??= this.#newSession();
    this.#session.setExternalSender(externalSender);
    if (!this.#introduced) this.#sendKeyPackage();
  }

  #renewKeyPackage(): void {
    const { userId, call } = this.#options;
    if (this.#session) this.#session.reinit(VERSION, userId, call.channelId);
    else this.#session = this.#newSession();
    this.#sendKeyPackage();
  }

  #sendKeyPackage(): void {
    this.#introduced = true;
    const keyPackage = this.#session?.getSerializedKeyPackage();
    this.#latestPackage = keyPackage ?? null;
    this.#answer(0, (delivery) => {
      // A newer one has made this one useless.
      if (keyPackage && keyPackage === this.#latestPackage)
        delivery.keyPackage(this.#options.userId, keyPackage);
    });
  }

  /** Answers after `ms`, if the person is still there. */
  #answer(ms: number, give: (delivery: DeliveryService) => void): void {
    const { timers, call, present } = this.#options;
    timers.after(ms, () => {
      if (call.delivery && present()) give(call.delivery);
    });
  }

  #sayReady(id: number): void {
    const { knobs, userId } = this.#options;
    this.#answer(knobs.dave.readyDelayMs, (delivery) => delivery.transitionReady(userId, id));
  }

  /** Takes in the proposals at once, as every member must, and answers with a commit a little later. */
  #commit(proposals: Buffer): void {
    const { knobs, userId } = this.#options;
    const known = [...this.#others];
    const result = this.#session?.processProposals(proposals.readUInt8(0), proposals.subarray(1), known);
    if (!result?.commit) return;
    const message = Buffer.concat([result.commit, result.welcome ?? Buffer.alloc(0)]);
    this.#answer(knobs.personCommitDelayMs, (delivery) => delivery.commitWelcome(userId, message));
  }

  #enterEpoch(op: number, payload: Buffer): void {
    const { log, userId, call } = this.#options;
    const id = payload.readUInt16BE(0);
    try {
      if (op === VOICE_OP.daveWelcome) this.#session?.processWelcome(payload.subarray(2));
      else this.#session?.processCommit(payload.subarray(2));
      this.#announced.set(id, VERSION);
      if (id === 0) this.#execute(id);
      else this.#sayReady(id);
    } catch (error) {
      log.add('person.daveError', { userId, op, reason: String(error) });
      call.delivery?.invalid(userId, id);
      this.#renewKeyPackage();
    }
  }

  #execute(id: number): void {
    const version = this.#announced.get(id);
    if (version === undefined) return;
    this.#announced.delete(id);
    const sealing = version > 0;
    if (sealing === this.#sealing) return;
    const { knobs, timers } = this.#options;
    const { inFlightMs } = knobs.dave;
    if (inFlightMs === 0) this.#sealing = sealing;
    else {
      timers.after(inFlightMs, () => {
        this.#sealing = sealing;
      });
    }
  }
}
