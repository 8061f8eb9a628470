/** End-to-end encryption under strain, with the real @discordjs/voice: downgrades, plain and broken frames, transitions. */
import type { VoiceConnection } from '@discordjs/voice';
import type { Client } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Loopback, type Person, startLoopback } from '../../src/loopback/index.ts';
import { expectGroup, expectSound, hear, join, login, udpOf } from './support.ts';

let loopback: Loopback;
let client: Client<true>;
let connection: VoiceConnection;
let lounge: string;
let alice: Person;

beforeEach(async () => {
  loopback = await startLoopback();
  client = await login(loopback);
  lounge = loopback.voiceChannelIds[0]!;
  alice = loopback.addPerson({ name: 'Alice' });
});

afterEach(async () => {
  connection.destroy();
  await client.destroy();
  await loopback.close();
});

/** Bot and Alice in one group. */
async function meet(): Promise<void> {
  connection = await join(client, lounge);
  await alice.joinVoice(lounge);
  await expectGroup(loopback, connection);
}

/** Resolves when the transition under way has been executed. */
const executed = (times: number) =>
  loopback.waitFor('the transition', () => loopback.log.count('dave.executed') >= times, 3000);

/** Frames of Alice's that can be told apart; not sound. */
const frame = (n: number) => Buffer.from(`frame ${n} of many`);

describe('a call', () => {
  it('is downgraded and upgraded again, with sound throughout', async () => {
    await meet();
    await expectSound(loopback, connection, alice);
    loopback.faults.downgradeDave(lounge);
    await executed(1);
    await loopback.botReady(1000);
    expect(loopback.privacyCode()).toBeNull();
    await expectSound(loopback, connection, alice);

    loopback.faults.upgradeDave(lounge);
    await executed(2);
    await loopback.botReady(1000);
    await expectGroup(loopback, connection);
    await expectSound(loopback, connection, alice);
    expect(loopback.log.of('dave.executed')).toMatchObject([{ version: 0 }, { version: 1 }]);
    expect(loopback.room.stats).toMatchObject({ plainWhileEncrypted: 0, undecryptable: 0, undecodable: 0 });
  });

  it('that is downgraded takes newcomers in the clear, and makes them members when it is upgraded', async () => {
    await alice.joinVoice(lounge);
    loopback.faults.downgradeDave(lounge);
    connection = await join(client, lounge);
    await loopback.botReady(1000);
    await expectSound(loopback, connection, alice);
    const bob = loopback.addPerson({ name: 'Bob' });
    await bob.joinVoice(lounge);

    loopback.faults.upgradeDave(lounge);
    await loopback.botReady(3000);
    await expectGroup(loopback, connection);
    await expectSound(loopback, connection, bob);
    expect(loopback.log.of('dave.epoch').at(-1)?.members).toHaveLength(3);
    expect(loopback.log.of('person.daveError')).toEqual([]);
  });

  it('with the bot alone is upgraded at once, and its first group forms when somebody comes', async () => {
    connection = await join(client, lounge);
    loopback.faults.downgradeDave(lounge);
    loopback.faults.upgradeDave(lounge);
    await alice.joinVoice(lounge);
    await expectGroup(loopback, connection);
    await expectSound(loopback, connection, alice);
  });

  it('forms its first group in a numbered transition when told so', async () => {
    loopback.knobs.dave.numberedFirstGroup = true;
    connection = await join(client, lounge);
    const transitioned = new Promise((resolve) => connection.once('transitioned', resolve));
    await alice.joinVoice(lounge);
    expect(await transitioned).toBe(1);
    await expectGroup(loopback, connection);
  });

  it("goes on with a person's commit when the bot's is refused", async () => {
    // Long enough for the bot's to come first on a busy machine too.
    loopback.knobs.personCommitDelayMs = 300;
    loopback.knobs.dave.rejectCommits = 1;
    await meet();
    expect(loopback.log.count('dave.commitRejected')).toBe(1);
    expect(loopback.log.of('dave.epoch')).toMatchObject([{ committer: alice.id }]);
    await expectSound(loopback, connection, alice);
  });

  it('revokes the proposal for somebody who leaves before he was added', async () => {
    loopback.knobs.dave.revokeProposals = true;
    // Only the bot commits, so none of its commits is late, and the next one is for Bob.
    loopback.knobs.personCommitDelayMs = 60_000;
    await meet();
    expect(loopback.log.of('dave.epoch')).toMatchObject([{ committer: loopback.botUserId }]);
    loopback.knobs.dave.rejectCommits = 1;
    const [bob, carol] = [loopback.addPerson({ name: 'Bob' }), loopback.addPerson({ name: 'Carol' })];
    void bob.joinVoice(lounge).catch(() => undefined);
    await loopback.waitFor("the bot's commit", () => loopback.log.count('dave.commitRejected'), 2000);
    bob.leaveVoice();
    expect(loopback.log.of('dave.revoked')).toMatchObject([{ userId: bob.id }]);
    await carol.joinVoice(lounge);
    await expectGroup(loopback, connection);
    await expectSound(loopback, connection, carol);
    expect(loopback.log.of('dave.epoch').at(-1)?.members).not.toContain(bob.id);
    expect(loopback.log.count('dave.abandoned') + loopback.log.count('dave.invalid')).toBe(0);
  });

  it('cannot be downgraded where it never was encrypted', async () => {
    connection = await join(client, loopback.stageChannelId);
    expect(() => loopback.faults.downgradeDave(loopback.stageChannelId)).toThrow(/not end-to-end encrypted/);
  });
});

describe('frames', () => {
  beforeEach(async () => {
    await meet();
    alice.announce();
    await new Promise<void>((resolve) => {
      if (connection.receiver.ssrcMap.get(alice.id)) resolve();
      else connection.receiver.ssrcMap.once('create', () => resolve());
    });
  });

  it('in the clear amid the others are lost on the bot', async () => {
    const heard = hear(connection, alice);
    loopback.knobs.dave.plainRate = 0.3;
    for (let n = 0; n < 30; n++) alice.sendOpus(frame(n));
    loopback.knobs.dave.plainRate = 0;
    loopback.knobs.dave.plainNext = 2;
    for (let n = 30; n < 33; n++) alice.sendOpus(frame(n));
    await new Promise<void>((resolve) => {
      const stream = connection.receiver.subscriptions.get(alice.id);
      stream?.on('data', (packet: Buffer) => packet.equals(frame(32)) && resolve());
    });
    expect(heard.packets.length).toBeGreaterThan(15);
    expect(heard.packets.length).toBeLessThan(28);
    expect(heard.packets).not.toContainEqual(frame(31));
  });

  it('that cannot be decrypted are lost, and more than 36 of them end the stream in the first group', async () => {
    const stream = connection.receiver.subscribe(alice.id);
    const packets: Buffer[] = [];
    const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
    stream.on('data', (packet: Buffer) => packets.push(packet)).on('error', fail);
    loopback.knobs.dave.undecryptableNext = 36;
    for (let n = 0; n < 37; n++) alice.sendOpus(frame(n));
    await new Promise<void>((resolve) => stream.once('data', () => resolve()));
    expect(packets).toEqual([frame(36)]);
    loopback.knobs.dave.undecryptableRate = 1;
    for (let n = 0; n < 37; n++) alice.sendOpus(frame(n));
    // This version cannot recover from transition 0.
    expect((await failed).message).toMatch(/decrypt/i);
    expect(loopback.log.count('dave.invalid')).toBe(0);
  });

  it('of a later group that cannot be decrypted make the bot start anew (op 31), and it is heard again', async () => {
    const bob = loopback.addPerson({ name: 'Bob' });
    await bob.joinVoice(lounge);
    const heard = hear(connection, alice);
    loopback.knobs.dave.undecryptableNext = 37;
    for (let n = 0; n < 37; n++) alice.sendOpus(frame(n));
    await loopback.waitFor('op 31', () => loopback.log.count('dave.invalid'), 2000);
    expect(heard.packets).toEqual([]);
    await loopback.waitFor('the new key package', () => loopback.log.count('dave.epoch') > 2, 2000);
    await loopback.botReady(3000);
    await expectGroup(loopback, connection);
    await expectSound(loopback, connection, alice);
  });

  it('under way are still sealed after a downgrade', async () => {
    loopback.knobs.dave.inFlightMs = 60_000;
    const heard = hear(connection, alice);
    loopback.faults.downgradeDave(lounge);
    await executed(1);
    const arrived = new Promise<Buffer>((resolve) => udpOf(connection).once('message', resolve));
    alice.sendOpus(frame(0));
    await heard.atLeast(1);
    expect(heard.packets).toEqual([frame(0)]);
    expect((await arrived).length).toBeGreaterThan(12 + frame(0).length + 20 + 10);
  });

  it('under way are still in the clear after an upgrade', async () => {
    loopback.faults.downgradeDave(lounge);
    await executed(1);
    loopback.knobs.dave.inFlightMs = 60_000;
    loopback.faults.upgradeDave(lounge);
    await executed(2);
    await expectGroup(loopback, connection);
    const heard = hear(connection, alice);
    alice.sendOpus(frame(0));
    await heard.atLeast(1);
    expect(heard.packets).toEqual([frame(0)]);
  });
});
