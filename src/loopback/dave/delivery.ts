/** DAVE's delivery service for one call: forms the MLS group of those present and carries its proposals, commits and welcomes. */
import type { EventLog } from '../log.ts';
import type { Timers } from '../timers.ts';
import { type Participant, VOICE_OP } from '../voice/participant.ts';
import { createExternalSender } from './external-sender.ts';
import {
  type Commit,
  externalProposal,
  keyPackageUser,
  type Proposal,
  readCommit,
  u16,
  u64,
  vector,
} from './mls.ts';

export const DAVE_VERSION = 1;
/** How long members may take to commit, or to say that they are ready for a transition. */
const ANSWER_DEADLINE_MS = 2000;
const APPEND = 0;

interface Change {
  /** The group does not exist yet: every recipient proposes itself as its first member. */
  initial: boolean;
  /** Who may commit; the first valid commit wins. */
  recipients: Set<string>;
  /** Who left meanwhile; someone who is back has another key package, for which no welcome of this change is. */
  left: Set<string>;
  proposals: Map<string, Proposal & { userId: string }>;
  cancelDeadline: () => void;
}

interface Transition {
  id: number;
  waiting: Set<string>;
  cancelDeadline: () => void;
}

export interface DeliveryOptions {
  channelId: string;
  /** Everyone in the call, by user id. */
  participants: ReadonlyMap<string, Participant>;
  log: EventLog;
  timers: Timers;
  /** The last word on what leaves for a member; a fault may change it. */
  outgoing?: (userId: string, op: number, payload: Buffer) => Buffer;
}

export class DeliveryService {
  readonly #options: DeliveryOptions;
  readonly #groupId: Buffer;
  readonly #sender = createExternalSender();
  /** Key packages of those who are not members yet, or anew. */
  readonly #pending = new Map<string, Buffer>();
  /** Members whose next key package is awaited, since they could not follow. */
  readonly #restarting = new Set<string>();
  /** Members that must go. */
  readonly #removing = new Set<string>();
  #group: { epoch: bigint; leaves: (string | null)[] } | null = null;
  #change: Change | null = null;
  #transition: Transition | null = null;
  #lastTransitionId = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#groupId = u64(BigInt(options.channelId));
  }

  /** True when all who are present are members of one group and nothing is under way. */
  get settled(): boolean {
    if (!this.#group || this.#change || this.#transition) return false;
    if (this.#removing.size > 0 || this.#restarting.size > 0) return false;
    return [...this.#options.participants.keys()].every((id) => this.#members().includes(id));
  }

  join(participant: Participant): void {
    this.#sendBinary(participant.userId, VOICE_OP.daveExternalSender, this.#sender.package);
  }

  leave(userId: string): void {
    this.#pending.delete(userId);
    this.#restarting.delete(userId);
    if (this.#members().includes(userId)) this.#removing.add(userId);
    this.#transition?.waiting.delete(userId);
    this.#finishTransition();
    this.#change?.left.add(userId);
    if (this.#change?.recipients.delete(userId) && this.#change.recipients.size === 0) this.#abandon();
    this.#step();
  }

  /** Op 26. Throws when the key package is not this user's. */
  keyPackage(userId: string, bytes: Buffer): void {
    if (keyPackageUser(bytes) !== userId) throw new Error('the key package belongs to somebody else');
    this.#restarting.delete(userId);
    this.#pending.set(userId, Buffer.from(bytes));
    this.#step();
  }

  /** Op 28: the first commit of this epoch that covers all proposals wins; others are dropped. Throws on garbage. */
  commitWelcome(userId: string, bytes: Buffer): void {
    const commit = readCommit(bytes);
    const change = this.#change;
    if (!change || !this.#wins(userId, change, commit)) {
      this.#options.log.add('dave.commitDropped', { userId, epoch: Number(commit.epoch) });
      return;
    }
    this.#apply(userId, change, commit);
  }

  #wins(userId: string, change: Change, { groupId, epoch, references }: Commit): boolean {
    // In the initial group everyone adds all the others, but not himself.
    const wanted = change.proposals.size - (change.initial ? 1 : 0);
    return (
      change.recipients.has(userId) &&
      groupId.equals(this.#groupId) &&
      epoch === (this.#group?.epoch ?? 0n) &&
      references.length === wanted &&
      references.every((reference) => change.proposals.has(reference))
    );
  }

  /** Op 23. */
  transitionReady(userId: string, transitionId: number): void {
    if (this.#transition?.id !== transitionId) return;
    this.#transition.waiting.delete(userId);
    this.#finishTransition();
  }

  /** Op 31: the member starts anew; its next key package has it removed and added again. */
  invalid(userId: string, transitionId: number): void {
    this.#restarting.add(userId);
    this.#options.log.add('dave.invalid', { userId, transitionId });
    this.#transition?.waiting.delete(userId);
    this.#finishTransition();
  }

  #members(): string[] {
    return (this.#group?.leaves ?? []).filter((leaf) => leaf !== null);
  }

  #sendBinary(userId: string, op: number, payload: Buffer): void {
    const bytes = this.#options.outgoing?.(userId, op, payload) ?? payload;
    this.#options.participants.get(userId)?.sendBinary(op, bytes);
  }

  #send(userId: string, op: number, d: unknown): void {
    this.#options.participants.get(userId)?.send(op, d);
  }

  /** Does what the state asks for next, one change at a time. */
  #step(): void {
    if (this.#change || this.#transition) return;
    for (const userId of this.#members()) {
      if (!this.#options.participants.has(userId) || this.#pending.has(userId)) this.#removing.add(userId);
    }
    const staying = this.#members().filter((userId) => !this.#removing.has(userId));
    if (this.#group && staying.length === 0) this.#dissolve();
    if (!this.#group) {
      if (this.#pending.size >= 2) this.#proposeInitial();
      return;
    }
    if (this.#pending.size > 0) this.#propose(staying);
    else if (staying.length === 1) this.#resetSole(staying);
    else if (this.#removing.size > 0) this.#propose(staying);
  }

  #dissolve(): void {
    this.#group = null;
    this.#removing.clear();
  }

  /** The only member left starts a group of its own again. */
  #resetSole(members: readonly string[]): void {
    this.#dissolve();
    for (const userId of members) {
      this.#send(userId, VOICE_OP.davePrepareEpoch, { protocol_version: DAVE_VERSION, epoch: 1 });
      this.#send(userId, VOICE_OP.davePrepareTransition, {
        protocol_version: DAVE_VERSION,
        transition_id: 0,
      });
    }
    this.#options.log.add('dave.reset', { members });
  }

  #proposeInitial(): void {
    const proposals = new Map<string, Proposal & { userId: string }>();
    const messages = new Map<string, Buffer>();
    for (const [userId, keyPackage] of this.#pending) {
      messages.set(userId, this.#proposal(proposals, userId, { type: 'add', keyPackage }));
    }
    this.#begin(true, proposals, [...messages.keys()], (recipient) =>
      [...messages].filter(([userId]) => userId !== recipient).map(([, message]) => message),
    );
  }

  #propose(recipients: readonly string[]): void {
    const proposals = new Map<string, Proposal & { userId: string }>();
    const messages: Buffer[] = [];
    for (const [leaf, userId] of (this.#group?.leaves ?? []).entries()) {
      if (userId === null || !this.#removing.has(userId)) continue;
      messages.push(this.#proposal(proposals, userId, { type: 'remove', leaf }));
    }
    for (const [userId, keyPackage] of this.#pending) {
      messages.push(this.#proposal(proposals, userId, { type: 'add', keyPackage }));
    }
    this.#begin(false, proposals, recipients, () => messages);
  }

  #proposal(proposals: Change['proposals'], userId: string, proposal: Proposal): Buffer {
    const group = { groupId: this.#groupId, epoch: this.#group?.epoch ?? 0n };
    const { message, reference } = externalProposal(group, proposal, this.#sender.sign);
    proposals.set(reference, { ...proposal, userId });
    return message;
  }

  #begin(
    initial: boolean,
    proposals: Change['proposals'],
    recipients: readonly string[],
    messagesFor: (recipient: string) => readonly Buffer[],
  ): void {
    const cancelDeadline = this.#options.timers.after(ANSWER_DEADLINE_MS, () => this.#abandon());
    this.#change = { initial, recipients: new Set(recipients), left: new Set(), proposals, cancelDeadline };
    for (const recipient of recipients) {
      const payload = Buffer.concat([Buffer.from([APPEND]), vector(...messagesFor(recipient))]);
      this.#sendBinary(recipient, VOICE_OP.daveProposals, payload);
    }
  }

  /** Nobody committed: everyone starts anew. */
  #abandon(): void {
    this.#change?.cancelDeadline();
    this.#change = null;
    this.#pending.clear();
    this.#options.log.add('dave.abandoned');
    this.#resetSole([...this.#options.participants.keys()]);
  }

  #apply(committer: string, change: Change, commit: Commit): void {
    change.cancelDeadline();
    this.#change = null;
    const leaves = change.initial ? [committer] : [...(this.#group?.leaves ?? [])];
    if (change.initial) this.#pending.delete(committer);
    const added: string[] = [];
    const ordered = commit.references.map((reference) => change.proposals.get(reference));
    for (const proposal of ordered) {
      if (proposal?.type !== 'remove') continue;
      leaves[proposal.leaf] = null;
      this.#removing.delete(proposal.userId);
    }
    for (const proposal of ordered) {
      if (proposal?.type !== 'add') continue;
      const free = leaves.indexOf(null);
      leaves[free === -1 ? leaves.length : free] = proposal.userId;
      if (change.left.has(proposal.userId)) this.#removing.add(proposal.userId);
      else added.push(proposal.userId);
      if (this.#pending.get(proposal.userId)?.equals(proposal.keyPackage)) {
        this.#pending.delete(proposal.userId);
      }
    }
    this.#group = { epoch: (this.#group?.epoch ?? 0n) + 1n, leaves };
    const stayed = change.initial ? [committer] : [...change.recipients];
    this.#announce(change.initial, stayed, added, commit);
    this.#options.log.add('dave.epoch', {
      epoch: Number(this.#group.epoch),
      members: this.#members(),
      committer,
    });
    this.#finishTransition();
    this.#step();
  }

  #announce(initial: boolean, stayed: readonly string[], added: readonly string[], commit: Commit): void {
    if (!initial) this.#lastTransitionId = (this.#lastTransitionId % 0xffff) + 1;
    const id = initial ? 0 : this.#lastTransitionId;
    if (!initial) {
      const waiting = new Set([...stayed, ...added]);
      const cancelDeadline = this.#options.timers.after(ANSWER_DEADLINE_MS, () => {
        this.#options.log.add('dave.transitionLate', { transitionId: id, waiting: [...waiting] });
        waiting.clear();
        this.#finishTransition();
      });
      this.#transition = { id, waiting, cancelDeadline };
    }
    for (const userId of stayed) {
      this.#sendBinary(userId, VOICE_OP.daveAnnounceCommit, Buffer.concat([u16(id), commit.commit]));
    }
    for (const userId of added) {
      this.#sendBinary(userId, VOICE_OP.daveWelcome, Buffer.concat([u16(id), commit.welcome]));
    }
  }

  #finishTransition(): void {
    const transition = this.#transition;
    if (!transition || transition.waiting.size > 0) return;
    transition.cancelDeadline();
    this.#transition = null;
    for (const userId of this.#members()) {
      this.#send(userId, VOICE_OP.daveExecuteTransition, { transition_id: transition.id });
    }
    this.#options.log.add('dave.executed', { transitionId: transition.id });
    this.#step();
  }
}
