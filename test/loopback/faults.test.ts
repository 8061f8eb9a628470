/** Each fault does what its name says, as the real discord.js and @discordjs/voice see it. */
import {
  type VoiceConnection,
  VoiceConnectionDisconnectReason,
  VoiceConnectionStatus,
} from '@discordjs/voice';
import type { Client } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Loopback, type Person, startLoopback } from '../../src/loopback/index.ts';
import { hear, join, login, playTone, reach, request, udpOf } from './support.ts';

let loopback: Loopback;
let client: Client<true>;
let connection: VoiceConnection;
let lounge: string;
let workshop: string;

beforeEach(async () => {
  loopback = await startLoopback({ voiceHeartbeatMs: 60 });
  client = await login(loopback);
  [lounge, workshop] = loopback.voiceChannelIds as [string, string];
});

afterEach(async () => {
  if (connection.state.status !== VoiceConnectionStatus.Destroyed) connection.destroy();
  await client.destroy();
  await loopback.close();
});

const happened = async (kind: string, times = 1) => {
  await loopback.waitFor(kind, () => loopback.log.count(kind) >= times, 3000);
};

describe('on the way into voice', () => {
  const stuck = async (kind: string) => {
    connection = await request(client, lounge);
    await happened(kind);
  };

  it('op 4 goes unanswered', async () => {
    loopback.knobs.ignoreVoiceState = true;
    await stuck('gateway.voiceState');
    expect(loopback.botVoiceChannelId()).toBeNull();
    expect(loopback.voiceStateRequests()).toBe(1);
  });

  it('op 4 for a full channel brings no event, until there is room', async () => {
    const alice = loopback.addPerson({ name: 'Alice' });
    await alice.joinVoice(lounge);
    loopback.faults.limitUsers(lounge, 1);
    await stuck('gateway.voiceStateDenied');
    expect(loopback.botVoiceChannelId()).toBeNull();
    loopback.faults.limitUsers(lounge, 2);
    connection.rejoin();
    await reach(connection, VoiceConnectionStatus.Ready);
    expect(loopback.voiceStateRequests()).toBe(2);
  });

  it.each(['Connect', 'ViewChannel'] as const)('op 4 without %s brings no event', async (permission) => {
    loopback.faults.denyPermissions(lounge, [permission]);
    await stuck('gateway.voiceStateDenied');
    expect(loopback.botVoiceChannelId()).toBeNull();
  });

  it('updates in the wrong order leave the client in signalling', async () => {
    loopback.knobs.swapVoiceUpdates = true;
    const state = new Promise((resolve) => client.once('voiceStateUpdate', resolve));
    connection = await request(client, lounge);
    await state;
    expect(connection.state.status).toBe(VoiceConnectionStatus.Signalling);
  });

  it('a lost discovery reply leaves the client connecting; the next one is answered', async () => {
    loopback.knobs.dropDiscoveryReplies = 1;
    await stuck('udp.discovery');
    expect(loopback.log.of('udp.discovery')).toMatchObject([{ answered: false }]);
    connection.destroy();
    connection = await join(client, lounge);
    expect(loopback.log.of('udp.discovery').at(-1)).toMatchObject({ answered: true });
  });

  it('a refused identify closes with its code, and the client asks again at once', async () => {
    loopback.knobs.refuseVoice = 4006;
    connection = await request(client, lounge);
    await happened('gateway.voiceState', 3);
    expect(loopback.log.of('voice.refused')[0]).toMatchObject({ code: 4006 });
    loopback.knobs.refuseVoice = null;
    await reach(connection, VoiceConnectionStatus.Ready);
  });

  it('a refused port is an error of the connection', async () => {
    loopback.knobs.refuseVoice = 'port';
    connection = await request(client, lounge);
    const error = await new Promise<Error>((resolve) => connection.once('error', resolve));
    expect(error.message).toMatch(/ECONNREFUSED/);
    expect(loopback.log.count('voice.identify')).toBe(0);
    loopback.knobs.refuseVoice = null;
    await reach(connection, VoiceConnectionStatus.Ready);
  });

  it('a client without DAVE is closed with 4017', async () => {
    connection = await request(client, lounge, { daveEncryption: false });
    await happened('voice.refused');
    expect(loopback.log.of('voice.refused')[0]).toMatchObject({ code: 4017 });
  });
});

describe('in voice', () => {
  let alice: Person;

  beforeEach(async () => {
    connection = await join(client, lounge);
    alice = loopback.addPerson({ name: 'Alice' });
    await alice.joinVoice(lounge);
    alice.announce();
    await new Promise<void>((resolve) => {
      connection.receiver.ssrcMap.once('create', () => resolve());
      if (connection.receiver.ssrcMap.get(alice.id)) resolve();
    });
  });

  it.each([1006, 1001, 4015])('a connection closed with %i is resumed', async (code) => {
    loopback.faults.closeVoice(code);
    await happened('voice.resume');
    expect(loopback.voiceStateRequests()).toBe(1);
    await reach(connection, VoiceConnectionStatus.Ready);
  });

  it('a refused resume makes the client join anew', async () => {
    loopback.knobs.refuseVoiceResume = 4006;
    loopback.faults.closeVoice(1006);
    await happened('voice.ready', 2);
    expect(loopback.log.count('voice.resume')).toBe(0);
    await reach(connection, VoiceConnectionStatus.Ready);
  });

  it('4006 makes the client join anew', async () => {
    loopback.faults.closeVoice(4006);
    await happened('voice.ready', 2);
    expect(loopback.voiceStateRequests()).toBe(2);
    await reach(connection, VoiceConnectionStatus.Ready);
    await loopback.botReady(3000);
  });

  it('a kick takes the bot out, with 4014', async () => {
    loopback.faults.kickBot();
    await reach(connection, VoiceConnectionStatus.Disconnected);
    expect(connection.state).toMatchObject({
      reason: VoiceConnectionDisconnectReason.WebSocketClose,
      closeCode: 4014,
    });
    expect(loopback.botVoiceChannelId()).toBeNull();
  });

  it('a move takes the bot to the other channel, where it can talk', async () => {
    await alice.joinVoice(workshop);
    loopback.faults.moveBot(workshop);
    await loopback.botReady(3000);
    await reach(connection, VoiceConnectionStatus.Ready);
    expect(loopback.botVoiceChannelId()).toBe(workshop);
    expect(connection.joinConfig.channelId).toBe(workshop);
    const sinceMs = performance.now();
    await playTone(connection, 660, 100);
    await loopback.room.nextAudible(sinceMs, 1000);
  });

  it('a deleted channel loses everyone, and closes the call with 4022', async () => {
    const deleted = new Promise((resolve) => client.once('channelDelete', resolve));
    loopback.faults.deleteChannel(lounge);
    await deleted;
    expect(loopback.botVoiceChannelId()).toBeNull();
    expect(alice.channelId).toBeNull();
    await happened('voice.close');
    expect(loopback.log.of('voice.close')).toMatchObject([
      { by: 'loopback', code: 4022, reason: 'Call terminated.', channelId: lounge },
    ]);
    // This version of the library asks to come back all the same.
    await happened('gateway.voiceStateDenied');
  });

  it.each([false, true])('the voice server moves (with a gap: %s)', async (gap) => {
    await loopback.faults.serverMoveVoice({ gap });
    await happened('voice.ready', 2);
    await loopback.botReady(3000);
    await reach(connection, VoiceConnectionStatus.Ready);
    const heard = hear(connection, alice);
    await Promise.all([alice.sendTone(60, 440), heard.atLeast(8)]);
  });

  it('heartbeats without an answer make the client reconnect', async () => {
    loopback.knobs.ignoreVoiceHeartbeats = true;
    await happened('voice.resume');
  });

  it('a bot that may not speak is suppressed and unheard, until it may', async () => {
    const suppressed = new Promise<boolean>((resolve) => {
      client.once('voiceStateUpdate', (_, { suppress }) => resolve(suppress === true));
    });
    loopback.faults.denyPermissions(lounge, ['Speak']);
    expect(await suppressed).toBe(true);
    await playTone(connection, 660, 60);
    loopback.faults.denyPermissions(lounge, []);
    const sinceMs = performance.now();
    await playTone(connection, 660, 100);
    await loopback.room.nextAudible(sinceMs, 1000);
    expect(loopback.room.stats.packets).toBe(10);
  });

  it('a corrupted packet ends the stream that the library keeps for its speaker', async () => {
    const stream = connection.receiver.subscribe(alice.id);
    const error = new Promise<Error>((resolve) => stream.once('error', resolve));
    stream.resume();
    loopback.faults.corruptNext(1);
    await alice.sendTone(20, 440);
    expect((await error).message).toMatch(/authenticate/);
  });

  it('loss, doubles and raw bytes reach the bot as told', async () => {
    const heard = hear(connection, alice);
    loopback.knobs.toBot.lossRate = 1;
    await alice.sendTone(100, 440);
    loopback.knobs.toBot.lossRate = 0;
    loopback.knobs.toBot.duplicateRate = 1;
    await alice.sendTone(20, 440);
    // DAVE opens a sealed frame once; the five silence frames come in clear, and so twice.
    await heard.atLeast(11);
    expect(heard.packets.filter((packet) => packet.length === 3)).toHaveLength(10);
    expect(heard.packets).toHaveLength(11);
    const raw = new Promise<Buffer>((resolve) => udpOf(connection).on('message', resolve));
    loopback.faults.sendRaw(Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]));
    expect(await raw).toEqual(Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]));
  });

  it("the network from the bot loses the bot's frames", async () => {
    loopback.knobs.fromBot.lossRate = 1;
    await playTone(connection, 660, 60);
    loopback.knobs.fromBot.lossRate = 0;
    const sinceMs = performance.now();
    await playTone(connection, 660, 100);
    await loopback.room.nextAudible(sinceMs, 1000);
    expect(loopback.room.stats.packets).toBe(10);
  });

  it('frames in clear are dropped by a client with a group, garbage is not', async () => {
    const heard = hear(connection, alice);
    alice.sendOpus(Buffer.from('in the clear'), { dave: false });
    alice.sendOpus(Buffer.from('garbage'));
    await heard.atLeast(1);
    expect(heard.packets).toEqual([Buffer.from('garbage')]);
  });

  it('any text can be put on the voice connection', async () => {
    const error = new Promise<Error>((resolve) => connection.once('error', resolve));
    loopback.faults.sendVoice('not json');
    expect((await error).name).toBe('SyntaxError');
  });

  it('a person who does not announce himself is not heard', async () => {
    loopback.knobs.announceSpeaking = false;
    const bob = loopback.addPerson({ name: 'Bob' });
    await bob.joinVoice(lounge);
    const heard = hear(connection, bob);
    await bob.sendTone(40, 440);
    expect(connection.receiver.ssrcMap.get(bob.id)).toBeUndefined();
    bob.announce();
    await new Promise<void>((resolve) => connection.receiver.ssrcMap.once('create', () => resolve()));
    await bob.sendTone(20, 440);
    await heard.atLeast(6);
    // The last silence frame of the first tone may still be on its way when the announcement arrives; its sound is not.
    expect(heard.packets.filter((packet) => packet.length > 3)).toHaveLength(1);
  });
});
