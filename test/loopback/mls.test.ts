/** The MLS codec against the real library: key packages and commits of davey sessions are read as they are. */
import { DAVESession } from '@snazzah/davey';
import { describe, expect, it } from 'vitest';
import { createExternalSender } from '../../src/loopback/dave/external-sender.ts';
import {
  externalProposal,
  keyPackageUser,
  Reader,
  readCommit,
  u64,
  vector,
} from '../../src/loopback/dave/mls.ts';

const CHANNEL = '1000000000000000001';
const ALICE = '1000000000000000002';
const BOB = '1000000000000000003';

describe('a vector', () => {
  it.each([0, 63, 64, 16_383, 16_384, 70_000])('of %i bytes is read as written', (length) => {
    const body = Buffer.alloc(length, 7);
    const reader = new Reader(vector(body));
    expect(reader.vector().equals(body)).toBe(true);
    expect(reader.done).toBe(true);
  });

  it('that ends early is refused', () => {
    expect(() => new Reader(Buffer.from([5, 1, 2])).vector()).toThrow(/ends early/);
    expect(() => new Reader(Buffer.from([0xc0])).vector()).toThrow(/invalid length/);
  });
});

it('reads whose a key package is, and refuses what is none', () => {
  const session = new DAVESession(1, ALICE, CHANNEL);
  expect(keyPackageUser(session.getSerializedKeyPackage())).toBe(ALICE);
  expect(() => keyPackageUser(Buffer.alloc(100))).toThrow(/ciphersuite 2/);
});

it('makes proposals that a session accepts, and splits its commit from its welcome', () => {
  const sender = createExternalSender();
  const alice = new DAVESession(1, ALICE, CHANNEL);
  const bob = new DAVESession(1, BOB, CHANNEL);
  for (const session of [alice, bob]) session.setExternalSender(sender.package);
  const group = { groupId: u64(BigInt(CHANNEL)), epoch: 0n };
  const add = externalProposal(
    group,
    { type: 'add', keyPackage: bob.getSerializedKeyPackage() },
    sender.sign,
  );
  const result = alice.processProposals(0, vector(add.message), [ALICE, BOB]);
  const commit = readCommit(Buffer.concat([result.commit!, result.welcome!]));
  expect(commit.references).toEqual([add.reference]);
  expect(commit.epoch).toBe(0n);
  expect(commit.leaf).toBe(0);
  expect(commit.commit.equals(result.commit!)).toBe(true);
  alice.processCommit(commit.commit);
  bob.processWelcome(commit.welcome);
  expect(bob.voicePrivacyCode).toBe(alice.voicePrivacyCode);
  expect(bob.voicePrivacyCode).toHaveLength(30);
  expect(() => readCommit(add.message)).toThrow(/not from a member/);
});
