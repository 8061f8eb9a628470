/** The parts of MLS (RFC 9420) that a delivery service must read and write: proposals, commits, key packages. */
import { createHash } from 'node:crypto';

const PROTOCOL_VERSION = 1;
const CIPHERSUITE = 2;
const WIRE_FORMAT_PUBLIC = 1;
const SENDER_MEMBER = 1;
const SENDER_EXTERNAL = 2;
const CONTENT_PROPOSAL = 2;
const CONTENT_COMMIT = 3;
const PROPOSAL_ADD = 1;
const PROPOSAL_REMOVE = 3;
const PROPOSAL_REFERENCE = 2;
const CREDENTIAL_BASIC = 1;
const LEAF_FROM_KEY_PACKAGE = 1;
const LEAF_FROM_COMMIT = 3;
const LIFETIME_BYTES = 16;

export const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

/** A byte vector behind its variable-length size. */
export function vector(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x40) return Buffer.concat([Buffer.from([body.length]), body]);
  if (body.length < 0x4000) return Buffer.concat([u16(0x4000 | body.length), body]);
  return Buffer.concat([u32((0x80000000 | body.length) >>> 0), body]);
}

/** Reads MLS structures from the front of a buffer; throws when it ends early. */
export class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(count: number): Buffer {
    if (this.at + count > this.#bytes.length) throw new Error('the MLS message ends early');
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u16(): number {
    return this.take(2).readUInt16BE();
  }

  u32(): number {
    return this.take(4).readUInt32BE();
  }

  u64(): bigint {
    return this.take(8).readBigUInt64BE();
  }

  vector(): Buffer {
    const first = this.u8();
    const size = first >> 6;
    if (size === 3) throw new Error('an MLS vector has an invalid length');
    let length = first & 0x3f;
    for (let i = 1; i < 1 << size; i++) length = length * 256 + this.u8();
    return this.take(length);
  }

  get done(): boolean {
    return this.at === this.#bytes.length;
  }
}

/** A group and the epoch that a message speaks of. */
export interface GroupEpoch {
  groupId: Buffer;
  epoch: bigint;
}

export type Proposal = { type: 'add'; keyPackage: Buffer } | { type: 'remove'; leaf: number };

function framedProposal({ groupId, epoch }: GroupEpoch, proposal: Proposal): Buffer {
  const body =
    proposal.type === 'add'
      ? Buffer.concat([u16(PROPOSAL_ADD), proposal.keyPackage])
      : Buffer.concat([u16(PROPOSAL_REMOVE), u32(proposal.leaf)]);
  return Buffer.concat([
    vector(groupId),
    u64(epoch),
    Buffer.from([SENDER_EXTERNAL]),
    u32(0),
    vector(),
    Buffer.from([CONTENT_PROPOSAL]),
    body,
  ]);
}

/**
 * A proposal of the external sender as an MLSMessage, and the reference by which commits name it.
 * @param sign ECDSA P-256 with SHA-256, DER.
 */
export function externalProposal(
  group: GroupEpoch,
  proposal: Proposal,
  sign: (bytes: Buffer) => Buffer,
): { message: Buffer; reference: string } {
  const framed = framedProposal(group, proposal);
  const publicMessage = Buffer.concat([u16(WIRE_FORMAT_PUBLIC), framed]);
  const toBeSigned = Buffer.concat([
    vector(Buffer.from('MLS 1.0 FramedContentTBS')),
    vector(u16(PROTOCOL_VERSION), publicMessage),
  ]);
  const signature = vector(sign(toBeSigned));
  const reference = createHash('sha256')
    .update(vector(Buffer.from('MLS 1.0 Proposal Reference')))
    .update(vector(publicMessage, signature))
    .digest('hex');
  return { message: Buffer.concat([u16(PROTOCOL_VERSION), publicMessage, signature]), reference };
}

export interface Commit extends GroupEpoch {
  /** The committer's leaf. */
  leaf: number;
  /** The proposals, in the order in which they take effect. */
  references: string[];
  /** The commit message alone. */
  commit: Buffer;
  /** What follows it: the Welcome for new members, or nothing. */
  welcome: Buffer;
}

function skipLeafNode(reader: Reader): void {
  reader.vector();
  reader.vector();
  if (reader.u16() !== CREDENTIAL_BASIC) throw new Error('a leaf node has no basic credential');
  reader.vector();
  for (let capability = 0; capability < 5; capability++) reader.vector();
  const source = reader.u8();
  if (source === LEAF_FROM_KEY_PACKAGE) reader.take(LIFETIME_BYTES);
  else if (source === LEAF_FROM_COMMIT) reader.vector();
  reader.vector();
  reader.vector();
}

function readReferences(bytes: Buffer): string[] {
  const reader = new Reader(bytes);
  const references: string[] = [];
  while (!reader.done) {
    if (reader.u8() !== PROPOSAL_REFERENCE) throw new Error('the commit holds a proposal of its own');
    references.push(reader.vector().toString('hex'));
  }
  return references;
}

/** Splits a commit from the Welcome behind it. Throws when it is not a member's public commit. */
export function readCommit(bytes: Buffer): Commit {
  const reader = new Reader(bytes);
  if (reader.u16() !== PROTOCOL_VERSION || reader.u16() !== WIRE_FORMAT_PUBLIC) {
    throw new Error('the commit is not a public MLS 1.0 message');
  }
  const groupId = reader.vector();
  const epoch = reader.u64();
  if (reader.u8() !== SENDER_MEMBER) throw new Error('the commit is not from a member');
  const leaf = reader.u32();
  reader.vector();
  if (reader.u8() !== CONTENT_COMMIT) throw new Error('the message is not a commit');
  const references = readReferences(reader.vector());
  if (reader.u8() === 1) {
    skipLeafNode(reader);
    reader.vector();
  }
  // Signature, confirmation tag, membership tag.
  for (let field = 0; field < 3; field++) reader.vector();
  return {
    groupId,
    epoch,
    leaf,
    references,
    commit: bytes.subarray(0, reader.at),
    welcome: bytes.subarray(reader.at),
  };
}

/** The user id in a key package's credential. Throws when it is not of DAVE's version, suite and credential. */
export function keyPackageUser(bytes: Buffer): string {
  const reader = new Reader(bytes);
  if (reader.u16() !== PROTOCOL_VERSION || reader.u16() !== CIPHERSUITE) {
    throw new Error('the key package is not MLS 1.0 with ciphersuite 2');
  }
  for (let field = 0; field < 3; field++) reader.vector();
  if (reader.u16() !== CREDENTIAL_BASIC) throw new Error('the key package has no basic credential');
  return reader.vector().readBigUInt64BE().toString();
}
