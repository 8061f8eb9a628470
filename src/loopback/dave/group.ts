/** One call's MLS group as its delivery service knows it: epoch, leaves, the proposals of a change, and what a commit makes of them. */
import { createExternalSender } from './external-sender.ts';
import { type Commit, externalProposal, type Proposal, u64 } from './mls.ts';

export interface Change {
  /** The group does not exist yet: every recipient proposes itself as its first member. */
  initial: boolean;
  /** Who may commit; the first valid commit wins. */
  recipients: Set<string>;
  /** Who left meanwhile; someone who is back has another key package, for which no welcome of this change is. */
  left: Set<string>;
  /** By reference. */
  proposals: Map<string, Proposal & { userId: string }>;
  /** The messages, in the order of the proposals, each with the user whom it adds or removes. */
  messages: { userId: string; message: Buffer }[];
}

/** What a commit has done. */
export interface Applied {
  /** Who needs the Welcome. */
  added: string[];
  /** Who was added after he had left: to be removed again. */
  stale: string[];
  removed: string[];
  /** The key packages that were used, by user. */
  used: Map<string, Buffer>;
}

export class Group {
  readonly #groupId: Buffer;
  readonly #sender = createExternalSender();
  #state: { epoch: bigint; leaves: (string | null)[] } | null = null;

  constructor(channelId: string) {
    this.#groupId = u64(BigInt(channelId));
  }

  /** What op 25 carries. */
  get externalSender(): Buffer {
    return this.#sender.package;
  }

  get exists(): boolean {
    return this.#state !== null;
  }

  get epoch(): bigint {
    return this.#state?.epoch ?? 0n;
  }

  get members(): string[] {
    return (this.#state?.leaves ?? []).filter((leaf) => leaf !== null);
  }

  dissolve(): void {
    this.#state = null;
  }

  /** A change that removes and adds these; `recipients` may commit it. */
  propose(
    removing: ReadonlySet<string>,
    adding: ReadonlyMap<string, Buffer>,
    recipients: readonly string[],
  ): Change {
    const change: Change = {
      initial: !this.#state,
      recipients: new Set(recipients),
      left: new Set(),
      proposals: new Map(),
      messages: [],
    };
    const leaves = this.#state?.leaves ?? [];
    for (const [leaf, userId] of leaves.entries()) {
      if (userId !== null && removing.has(userId)) this.#add(change, userId, { type: 'remove', leaf });
    }
    for (const [userId, keyPackage] of adding) this.#add(change, userId, { type: 'add', keyPackage });
    return change;
  }

  #add(change: Change, userId: string, proposal: Proposal): void {
    const group = { groupId: this.#groupId, epoch: this.epoch };
    const { message, reference } = externalProposal(group, proposal, this.#sender.sign);
    change.proposals.set(reference, { ...proposal, userId });
    change.messages.push({ userId, message });
  }

  /** Takes the addition of a user out of a change. Returns the references of what was taken out. */
  withdraw(change: Change, userId: string): string[] {
    const withdrawn = [...change.proposals]
      .filter(([, proposal]) => proposal.type === 'add' && proposal.userId === userId)
      .map(([reference]) => reference);
    for (const reference of withdrawn) change.proposals.delete(reference);
    return withdrawn;
  }

  /** Whether this commit of this user is the one that the change asks for. */
  accepts(userId: string, change: Change, { groupId, epoch, references }: Commit): boolean {
    // In the initial group everyone adds all the others, but not himself.
    const wanted = change.proposals.size - (change.initial ? 1 : 0);
    return (
      change.recipients.has(userId) &&
      groupId.equals(this.#groupId) &&
      epoch === this.epoch &&
      references.length === wanted &&
      references.every((reference) => change.proposals.has(reference))
    );
  }

  /** Enters the next epoch: removals first, then added members fill the leftmost free leaves. */
  apply(committer: string, change: Change, commit: Commit): Applied {
    const leaves = change.initial ? [committer] : [...(this.#state?.leaves ?? [])];
    const applied: Applied = { added: [], stale: [], removed: [], used: new Map() };
    const ordered = commit.references.map((reference) => change.proposals.get(reference));
    for (const proposal of ordered) {
      if (proposal?.type !== 'remove') continue;
      leaves[proposal.leaf] = null;
      applied.removed.push(proposal.userId);
    }
    for (const proposal of ordered) {
      if (proposal?.type !== 'add') continue;
      const { userId, keyPackage } = proposal;
      const free = leaves.indexOf(null);
      leaves[free === -1 ? leaves.length : free] = userId;
      (change.left.has(userId) ? applied.stale : applied.added).push(userId);
      applied.used.set(userId, keyPackage);
    }
    this.#state = { epoch: this.epoch + 1n, leaves };
    return applied;
  }
}
