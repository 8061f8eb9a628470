/** Announcements that come late or not at all, strange packets, and networks of one person's own, as the real client sees them. */
import type { VoiceConnection } from '@discordjs/voice';
import type { Client } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Loopback, type Person, startLoopback } from '../../src/loopback/index.ts';
import { hear, join, login, udpOf } from './support.ts';

let loopback: Loopback;
let client: Client<true>;
let connection: VoiceConnection;
let lounge: string;
let alice: Person;

beforeEach(async () => {
  // Without DAVE every packet that arrives can be read.
  loopback = await startLoopback({ dave: false });
  client = await login(loopback);
  lounge = loopback.voiceChannelIds[0]!;
  alice = loopback.addPerson({ name: 'Alice' });
});

afterEach(async () => {
  connection.destroy();
  await client.destroy();
  await loopback.close();
});

/** Resolves when the bot knows the SSRC of the user. */
const introduced = (userId: string) =>
  new Promise<void>((resolve) => {
    const { ssrcMap } = connection.receiver;
    const look = () => ssrcMap.get(userId) && resolve();
    ssrcMap.on('create', look);
    look();
  });

/** The next packets that reach the bot's UDP port. */
async function nextPackets(count: number, send: () => void): Promise<Buffer[]> {
  const udp = udpOf(connection);
  const packets: Buffer[] = [];
  return await new Promise((resolve) => {
    const take = (packet: Buffer) => {
      packets.push(packet);
      if (packets.length < count) return;
      udp.off('message', take);
      resolve(packets);
    };
    udp.on('message', take);
    send();
  });
}

const frame = (n: number) => Buffer.from(`frame ${n}`);

describe('op 5', () => {
  it('comes late, when the first packets are lost already', async () => {
    Object.assign(loopback.knobs, { announceSpeaking: 'late', announceLateMs: 40 });
    connection = await join(client, lounge);
    await alice.joinVoice(lounge);
    const heard = hear(connection, alice);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await nextPackets(1, () => alice.sendOpus(frame(0)));
    expect(connection.receiver.ssrcMap.get(alice.id)).toBeUndefined();
    vi.advanceTimersByTime(40);
    vi.useRealTimers();
    await introduced(alice.id);
    alice.sendOpus(frame(1));
    await heard.atLeast(1);
    expect(heard.packets).toEqual([frame(1)]);
  });

  it('is not repeated to those who join later', async () => {
    loopback.knobs.announceSpeaking = 'notToLateJoiners';
    await alice.joinVoice(lounge);
    alice.sendOpus(frame(0));
    connection = await join(client, lounge);
    await nextPackets(1, () => alice.sendOpus(frame(1)));
    expect(connection.receiver.ssrcMap.get(alice.id)).toBeUndefined();
  });

  it('floods the bot with strangers, and flutters', async () => {
    connection = await join(client, lounge);
    await alice.joinVoice(lounge);
    const created = new Promise<void>((resolve) => {
      let count = 0;
      connection.receiver.ssrcMap.on('create', () => ++count === 51 && resolve());
    });
    loopback.faults.packets.speakingFlood(50);
    loopback.faults.packets.flutter(alice, 7);
    await created;
    expect(connection.receiver.ssrcMap.get(alice.id)?.audioSSRC).toBe(alice.ssrc);
  });
});

describe('a packet', () => {
  beforeEach(async () => {
    connection = await join(client, lounge);
    await alice.joinVoice(lounge);
    alice.announce();
    await introduced(alice.id);
  });

  it('of an unknown SSRC, of RTCP, or of a camera says nothing to the client', async () => {
    const heard = hear(connection, alice);
    const { packets } = loopback.faults;
    const arrived = await nextPackets(10, () => {
      packets.unknownSsrc(2);
      packets.rtcp('senderReport');
      packets.rtcp('receiverReport', { person: alice });
      alice.camera(true);
      alice.sendPictures(1);
      alice.camera(false);
      alice.sendOpus(frame(0), { payloadType: 111 });
      alice.sendOpus(frame(1));
    });
    const types = arrived.map((packet) => packet.readUInt8(1));
    expect(types.slice(0, 8)).toEqual([120, 120, 200, 201, 101, 101, 0x80 | 101, 0x80 | 102]);
    expect(arrived[3]?.readUInt32BE(8)).toBe(alice.ssrc);
    expect(arrived[4]?.readUInt32BE(8)).toBe((alice.ssrc ?? 0) + 1);
    await heard.atLeast(1);
    expect(heard.packets).toEqual([frame(1)]);
  });

  it.each([
    ['of zeros', () => loopback.faults.packets.zeros(alice)],
    ['under another key', () => loopback.faults.packets.wrongKey(alice)],
    ['with contributing sources', () => alice.sendOpus(frame(0), { csrcs: [1, 2] })],
  ])('%s ends the stream that this version of the client keeps', async (_, send) => {
    const stream = connection.receiver.subscribe(alice.id);
    const failed = new Promise<Error>((resolve) => stream.once('error', resolve));
    stream.resume();
    send();
    expect((await failed).message).toMatch(/authenticate/);
  });

  it("is lost on one person's way, and not on another's", async () => {
    const bob = loopback.addPerson({ name: 'Bob' });
    await bob.joinVoice(lounge);
    bob.announce();
    await introduced(bob.id);
    alice.network.lossRate = 1;
    bob.network.duplicateRate = 1;
    const [fromAlice, fromBob] = [hear(connection, alice), hear(connection, bob)];
    alice.sendOpus(frame(0));
    bob.sendOpus(frame(1));
    await fromBob.atLeast(2);
    expect(fromAlice.packets).toEqual([]);
    alice.network.lossRate = 0;
    alice.network.corruptRate = 1;
    alice.sendOpus(frame(2));
    expect(loopback.log.of('packet.drop')).toMatchObject([
      { cause: 'loss', direction: 'fromPerson', userId: alice.id },
      { cause: 'damage', direction: 'fromPerson', userId: alice.id },
    ]);
    expect(loopback.log.drops()).toEqual({ loss: 1, damage: 1 });
  });

  it('waits in a stall and arrives in a burst', async () => {
    Object.assign(alice.network, { stallRate: 1, stallMs: 60 });
    const startMs = performance.now();
    const arrived = await nextPackets(3, () => {
      for (let n = 0; n < 3; n++) alice.sendOpus(frame(n));
    });
    expect(performance.now() - startMs).toBeGreaterThan(57);
    const sequences = arrived.map((packet) => packet.readUInt16BE(2));
    expect(sequences.map((sequence) => (sequence - (sequences[0] ?? 0) + 0x10000) % 0x10000)).toEqual([
      0, 1, 2,
    ]);
  });
});

it('op 12, 18 and 20 arrive, and the client lives on', async () => {
  connection = await join(client, lounge);
  const networking = Reflect.get(connection.state, 'networking') as { state: { ws: NodeJS.EventEmitter } };
  const ops: number[] = [];
  networking.state.ws.on('packet', ({ op }: { op: number }) => ops.push(op));
  await alice.joinVoice(lounge);
  const filmed = new Promise<void>((resolve) => {
    client.on('voiceStateUpdate', (_, { selfVideo }) => selfVideo && resolve());
  });
  alice.camera(true);
  alice.announce();
  await introduced(alice.id);
  expect(ops).toEqual([11, 18, 20, 12, 5]);
  await filmed;
});
