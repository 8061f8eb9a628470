/** DAVE's delivery service for one call: forms the MLS group of those present and carries its proposals, commits and welcomes. */
import type { DaveKnobs } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Timers } from '../timers.ts';
import { type Participant, VOICE_OP } from '../voice/participant.ts';
import { type Change, Group } from './group.ts';
import { type Commit, keyPackageUser, readCommit, u16, vector } from './mls.ts';
import { ANSWER_DEADLINE_MS, type Transition, Transitions } from './transitions.ts';

export const DAVE_VERSION = 1;
const APPEND = 0;
const REVOKE = 1;
/** A transition of this number is executed at once, without anybody's word. */
const AT_ONCE = 0;

export interface DeliveryOptions {
  channelId: string;
  /** Everyone in the call, by user id. */
  participants: ReadonlyMap<string, Participant>;
  knobs: DaveKnobs;
  /** Whose commits the knob `rejectCommits` speaks of. */
  rejectable: (userId: string) => boolean;
  log: EventLog;
  timers: Timers;
  /** The last word on what leaves for a member; a fault may change it. */
  outgoing: (userId: string, op: number, payload: Buffer) => Buffer;
}

export class DeliveryService {
  readonly #options: DeliveryOptions;
  readonly #group: Group;
  readonly #transitions: Transitions;
  /** Key packages of those who are not members yet, or anew. */
  readonly #pending = new Map<string, Buffer>();
  /** Members whose next key package is awaited, since they could not follow. */
  readonly #restarting = new Set<string>();
  /** Members that must go. */
  readonly #removing = new Set<string>();
  #change: Change | null = null;
  #cancelDeadline: () => void = () => undefined;
  /** The protocol version in force, and the one that the call is to have. */
  #version = DAVE_VERSION;
  #wanted = DAVE_VERSION;
  /** Everyone was asked for a new group (op 24) while the call still goes on in clear. */
  #upgrading = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#group = new Group(options.channelId);
    const { timers, log } = options;
    this.#transitions = new Transitions(timers, log, (transition) => this.#execute(transition));
  }

  /** 0 while the call is downgraded. */
  get version(): number {
    return this.#version;
  }

  /** To 0 (transport encryption alone) or 1, as soon as nothing else is under way. */
  change(version: 0 | 1): void {
    this.#wanted = version;
    this.#step();
  }

  /** True when all who are present are members of one group (or need none) and nothing is under way. */
  get settled(): boolean {
    if (this.#change || this.#transitions.underWay || this.#upgrading) return false;
    if (this.#wanted !== this.#version) return false;
    if (this.#version === 0) return true;
    if (!this.#group.exists || this.#removing.size > 0 || this.#restarting.size > 0) return false;
    return [...this.#options.participants.keys()].every((id) => this.#group.members.includes(id));
  }

  join({ userId }: Participant): void {
    // In a downgraded call there is no session yet that could take it; an upgrade brings it along.
    if (this.#version === 0 && !this.#upgrading) return;
    if (this.#upgrading) this.#prepareEpoch(userId);
    this.#sendBinary(userId, VOICE_OP.daveExternalSender, this.#group.externalSender);
  }

  leave(userId: string): void {
    this.#pending.delete(userId);
    this.#restarting.delete(userId);
    if (this.#group.members.includes(userId)) this.#removing.add(userId);
    this.#transitions.ready(userId);
    this.#change?.left.add(userId);
    if (this.#change?.recipients.delete(userId) && this.#change.recipients.size === 0) this.#abandon();
    if (this.#options.knobs.revokeProposals) this.#revoke(userId);
    this.#step();
  }

  /** Op 26. Throws when the key package is not this user's. */
  keyPackage(userId: string, bytes: Buffer): void {
    if (keyPackageUser(bytes) !== userId) throw new Error('the key package belongs to somebody else');
    if (this.#version === 0 && !this.#upgrading) return;
    this.#restarting.delete(userId);
    this.#pending.set(userId, Buffer.from(bytes));
    this.#step();
  }

  /** Op 28: the first commit of this epoch that covers all proposals wins; others are dropped. Throws on garbage. */
  commitWelcome(userId: string, bytes: Buffer): void {
    const commit = readCommit(bytes);
    const { knobs, log, rejectable } = this.#options;
    const change = this.#change;
    if (knobs.rejectCommits > 0 && rejectable(userId)) {
      knobs.rejectCommits -= 1;
      log.add('dave.commitRejected', { userId });
    } else if (!change || !this.#group.accepts(userId, change, commit)) {
      log.add('dave.commitDropped', { userId, epoch: Number(commit.epoch) });
    } else this.#apply(userId, change, commit);
  }

  /** Op 23. */
  transitionReady(userId: string, transitionId: number): void {
    this.#transitions.ready(userId, transitionId);
  }

  /** Op 31: the member starts anew; its next key package has it removed and added again. */
  invalid(userId: string, transitionId: number): void {
    this.#restarting.add(userId);
    this.#options.log.add('dave.invalid', { userId, transitionId });
    this.#transitions.ready(userId);
  }

  #sendBinary(userId: string, op: number, payload: Buffer): void {
    const bytes = this.#options.outgoing(userId, op, payload);
    this.#options.participants.get(userId)?.sendBinary(op, bytes);
  }

  #send(userId: string, op: number, d: unknown): void {
    this.#options.participants.get(userId)?.send(op, d);
  }

  get #everyone(): string[] {
    return [...this.#options.participants.keys()];
  }

  /** Does what the state asks for next, one change at a time. */
  #step(): void {
    if (this.#change || this.#transitions.underWay) return;
    if (this.#wanted < this.#version) this.#downgrade();
    else if (this.#wanted > this.#version && !this.#upgrading) this.#upgrade();
    else if (this.#version > 0 || this.#upgrading) this.#changeGroup();
  }

  #changeGroup(): void {
    for (const userId of this.#group.members) {
      if (!this.#options.participants.has(userId) || this.#pending.has(userId)) this.#removing.add(userId);
    }
    const staying = this.#group.members.filter((userId) => !this.#removing.has(userId));
    if (this.#group.exists && staying.length === 0) this.#dissolve();
    if (!this.#group.exists) this.#formGroup();
    else if (this.#pending.size > 0) this.#propose(staying);
    else if (staying.length === 1) this.#reset(staying);
    else if (this.#removing.size > 0) this.#propose(staying);
  }

  #formGroup(): void {
    const { size } = this.#options.participants;
    // An upgrade waits for everybody, since all of them hear each other until it is executed.
    const enough = this.#upgrading ? Math.max(2, size) : 2;
    if (this.#pending.size >= enough) this.#propose([...this.#pending.keys()]);
    else if (this.#upgrading && size < 2) this.#upgraded();
  }

  /** Op 21 to version 0: everybody says that he is ready, then all go on without end-to-end encryption. */
  #downgrade(): void {
    const everyone = this.#everyone;
    const id = this.#transitions.begin(everyone, 0);
    for (const userId of everyone) this.#prepareTransition(userId, 0, id);
    this.#transitions.settle();
  }

  /** Op 24: everybody makes a key package for the first group; op 25 for those who have had none. */
  #upgrade(): void {
    this.#upgrading = true;
    for (const userId of this.#everyone) {
      this.#prepareEpoch(userId);
      this.#sendBinary(userId, VOICE_OP.daveExternalSender, this.#group.externalSender);
    }
    this.#step();
  }

  #upgraded(): void {
    this.#upgrading = false;
    this.#version = DAVE_VERSION;
  }

  #prepareEpoch(userId: string): void {
    this.#send(userId, VOICE_OP.davePrepareEpoch, { protocol_version: DAVE_VERSION, epoch: 1 });
  }

  #prepareTransition(userId: string, version: number, id: number): void {
    this.#send(userId, VOICE_OP.davePrepareTransition, { protocol_version: version, transition_id: id });
  }

  #dissolve(): void {
    this.#group.dissolve();
    this.#removing.clear();
  }

  /** The only member left, or everybody, starts a group of its own again. */
  #reset(userIds: readonly string[]): void {
    this.#dissolve();
    for (const userId of userIds) {
      this.#prepareEpoch(userId);
      this.#prepareTransition(userId, DAVE_VERSION, AT_ONCE);
    }
    this.#options.log.add('dave.reset', { members: userIds });
  }

  #propose(recipients: readonly string[]): void {
    const change = this.#group.propose(this.#removing, this.#pending, recipients);
    this.#change = change;
    this.#cancelDeadline = this.#options.timers.after(ANSWER_DEADLINE_MS, () => this.#abandon());
    for (const recipient of recipients) {
      const meant = change.messages.filter(({ userId }) => !change.initial || userId !== recipient);
      const payload = Buffer.concat([Buffer.from([APPEND]), vector(...meant.map(({ message }) => message))]);
      this.#sendBinary(recipient, VOICE_OP.daveProposals, payload);
    }
  }

  /** Op 27 to those who may commit: a proposal to add this user is void. The first group keeps its proposals. */
  #revoke(userId: string): void {
    const change = this.#change;
    if (!change || change.initial) return;
    const references = this.#group.withdraw(change, userId);
    if (references.length === 0) return;
    const list = vector(...references.map((reference) => vector(Buffer.from(reference, 'hex'))));
    for (const recipient of change.recipients) {
      this.#sendBinary(recipient, VOICE_OP.daveProposals, Buffer.concat([Buffer.from([REVOKE]), list]));
    }
    this.#options.log.add('dave.revoked', { userId });
    if (change.proposals.size > 0) return;
    this.#cancelDeadline();
    this.#change = null;
  }

  /** Nobody committed: everyone starts anew. */
  #abandon(): void {
    this.#cancelDeadline();
    this.#change = null;
    this.#pending.clear();
    this.#options.log.add('dave.abandoned');
    if (this.#upgrading) this.#upgrade();
    else this.#reset(this.#everyone);
  }

  #apply(committer: string, change: Change, commit: Commit): void {
    this.#cancelDeadline();
    this.#change = null;
    const { added, stale, removed, used } = this.#group.apply(committer, change, commit);
    if (change.initial) this.#pending.delete(committer);
    for (const userId of removed) this.#removing.delete(userId);
    for (const userId of stale) this.#removing.add(userId);
    for (const [userId, keyPackage] of used) {
      if (this.#pending.get(userId)?.equals(keyPackage)) this.#pending.delete(userId);
    }
    this.#announce(change.initial, change.initial ? [committer] : [...change.recipients], added, commit);
    const { epoch, members } = this.#group;
    this.#options.log.add('dave.epoch', { epoch: Number(epoch), members, committer });
    this.#transitions.settle();
    this.#step();
  }

  #announce(initial: boolean, stayed: readonly string[], added: readonly string[], commit: Commit): void {
    const atOnce = initial && !this.#upgrading && !this.#options.knobs.numberedFirstGroup;
    const id = atOnce ? AT_ONCE : this.#transitions.begin([...stayed, ...added], DAVE_VERSION);
    for (const userId of stayed) {
      this.#sendBinary(userId, VOICE_OP.daveAnnounceCommit, Buffer.concat([u16(id), commit.commit]));
    }
    for (const userId of added) {
      this.#sendBinary(userId, VOICE_OP.daveWelcome, Buffer.concat([u16(id), commit.welcome]));
    }
  }

  #execute({ id, version }: Transition): void {
    const concerned = version === 0 ? this.#everyone : this.#group.members;
    if (version === 0) {
      this.#version = 0;
      this.#dissolve();
      this.#pending.clear();
      this.#restarting.clear();
    } else this.#upgraded();
    for (const userId of concerned) {
      this.#send(userId, VOICE_OP.daveExecuteTransition, { transition_id: id });
    }
    this.#options.log.add('dave.executed', { transitionId: id, version });
    this.#step();
  }
}
