/** The voice supervisor over the loopback: every fault on the way into a channel and in it, with the sends counted. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitsDiscovery } from '../../src/discord/voice-shim.ts';
import type { Person } from '../../src/loopback/index.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { openRig, type Rig, type Stay } from './voice-rig.ts';

let rig: Rig;
let ada: Person;
beforeEach(async () => {
  rig = await openRig();
  ada = await rig.seat('Ada');
});
afterEach(async () => {
  await rig.close();
});

const sends = () => rig.loopback.voiceStateRequests();
const status = (stay: Stay) => stay.voice.connection.state.status;
const failure = async (stay: Stay) =>
  await stay.voice.ready.then(() => null).catch((error: unknown) => error);

/** Both directions: Ada is heard, and the room hears the bot, encrypted. */
async function expectAudio(stay: Stay): Promise<void> {
  await rig.loopback.botReady(5_000);
  await rig.waitFor('the connection to carry audio', () => stay.voice.canSend);
  const told = stay.told.length;
  const sinceMs = performance.now();
  await Promise.all([
    ada.sendTone(100, 440),
    stay.say(200),
    rig.loopback.room.nextAudible(sinceMs, 5_000),
    rig.waitFor('the end of the talk', () => stay.told.slice(told).some(({ type }) => type === 'talkEnded')),
  ]);
  expect(rig.loopback.room.stats.plainWhileEncrypted).toBe(0);
  expect(stay.counters.undecodable).toBe(0);
}

/** Skips time until the connection is given up; resolves with how long that took. */
async function untilLost(stay: Stay, atMostMs: number): Promise<number> {
  const startMs = rig.clock.now();
  while (!stay.lost && rig.clock.now() - startMs < atMostMs) {
    await rig.clock.skip(100);
    await settled();
  }
  return rig.clock.now() - startMs;
}

/** What is on its way between the client and the loopback arrives. */
async function settled(): Promise<void> {
  const before = rig.loopback.log.entries.length;
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  if (rig.loopback.log.entries.length > before) await settled();
}

describe('on the way in', () => {
  it('joins with one request and leaves with one', async () => {
    const stay = await rig.join();
    await expectAudio(stay);
    expect(sends()).toBe(1);
    stay.close();
    await rig.waitFor('the bot to leave', () => rig.loopback.botVoiceChannelId() === null);
    expect(sends()).toBe(2);
    expect(stay.lost).toBeNull();
    expect(rig.clock.pending).toBe(0);
  });

  it.each([1, 2])('asks again for its own address when %i replies are lost', async (lost) => {
    rig.loopback.knobs.dropDiscoveryReplies = lost;
    const stay = rig.enter();
    await rig.waitFor('the first question', () => rig.loopback.log.count('udp.discovery') === 1);
    expect(status(stay)).toBe('connecting');
    await stay.voice.ready;
    expect(rig.loopback.log.of('udp.discovery').map(({ answered }) => answered)).toEqual([
      ...Array.from({ length: lost }, () => false),
      true,
    ]);
    await expectAudio(stay);
    expect(sends()).toBe(1);
  });

  it('joins a channel where nobody is, and is ready when somebody comes', async () => {
    ada.leaveVoice();
    const stay = await rig.join();
    expect(stay.voice.canSend).toBe(false);
    await ada.joinVoice(rig.channelId);
    await expectAudio(stay);
  });

  it('asks once more when the answers come in the wrong order', async () => {
    rig.loopback.knobs.swapVoiceUpdates = true;
    const stay = rig.enter();
    await rig.waitFor('the request', () => sends() === 1);
    await settled();
    expect(status(stay)).toBe('signalling');
    await rig.clock.skip(5_000);
    await stay.voice.ready;
    await expectAudio(stay);
    expect(sends()).toBe(2);
  });

  it('does not wait for somebody who sits there without a voice connection', async () => {
    ada.leaveVoice();
    const stay = rig.enter({ hasCompany: () => true });
    await rig.waitFor('the connection', () => status(stay) === 'ready');
    await rig.clock.skip(8_000);
    await stay.voice.ready;
    expect(sends()).toBe(1);
    await ada.joinVoice(rig.channelId);
    await expectAudio(stay);
  });

  it('is not ready, and says nothing, before the encryption is', async () => {
    rig.loopback.knobs.breakDaveTransitions = 1;
    const stay = rig.enter();
    let ready = false;
    void stay.voice.ready.then(() => {
      ready = true;
    });
    await rig.waitFor('the connection', () => status(stay) === 'ready');
    expect(ready).toBe(false);
    expect(stay.voice.canSend).toBe(false);
    const packets = rig.loopback.room.stats.packets;
    const saying = stay.say(100);
    expect(rig.loopback.room.stats.packets).toBe(packets);
    await stay.voice.ready;
    expect(rig.loopback.log.count('dave.broken')).toBe(1);
    expect(await saying).toMatchObject({ complete: true });
    expect(rig.loopback.room.stats.plainWhileEncrypted).toBe(0);
    await expectAudio(stay);
  });
});

describe('a join that cannot succeed', () => {
  it('ends with a remedy, three requests and nothing left when Discord does not answer', async () => {
    rig.loopback.knobs.ignoreVoiceState = true;
    const stay = rig.enter();
    const lostMs = await untilLost(stay, 60_000);
    expect(lostMs).toBeLessThan(20_000);
    expect(await failure(stay)).toMatchObject({
      code: 'VOICE_NO_REPLY',
      remedy: expect.stringContaining('/join'),
    });
    expect(stay.lost).toBe(await failure(stay));
    await settled();
    // Three to join, and one to leave.
    expect(rig.loopback.log.of('gateway.voiceState').map(({ channelId }) => channelId)).toEqual([
      rig.channelId,
      rig.channelId,
      rig.channelId,
      null,
    ]);
    expect(rig.clock.pending).toBe(0);
  });

  it.each([
    ['refuses the connection', 'port'],
    ['refuses the agent', 4004],
    ['does not know the session', 4006],
  ] as const)('ends with a remedy and few requests when the voice server %s', async (_, refusal) => {
    rig.loopback.knobs.refuseVoice = refusal;
    const stay = rig.enter();
    const lostMs = await untilLost(stay, 60_000);
    expect(lostMs).toBeLessThan(25_000);
    expect(stay.lost).toMatchObject({ code: 'VOICE_UNREACHABLE', remedy: expect.stringContaining('443') });
    await rig.waitFor('the bot to leave', () => rig.loopback.botVoiceChannelId() === null);
    expect(sends()).toBeLessThanOrEqual(8);
    expect(rig.clock.pending).toBe(0);
  });

  it('ends when the address is never told', async () => {
    rig.loopback.knobs.dropDiscoveryReplies = 1_000;
    const stay = rig.enter();
    await rig.waitFor('the first question', () => rig.loopback.log.count('udp.discovery') === 1);
    await untilLost(stay, 60_000);
    expect(stay.lost).toMatchObject({ code: 'VOICE_UNREACHABLE' });
    expect(sends()).toBeLessThanOrEqual(4);
  });

  it.each([
    [4017, 'VOICE_E2EE_REQUIRED'],
    [4021, 'VOICE_RATE_LIMITED'],
    [4022, 'VOICE_CALL_ENDED'],
  ])('is final at close code %i: one request, and a message for people', async (code, name) => {
    rig.loopback.knobs.refuseVoice = code;
    const stay = rig.enter();
    const error = await failure(stay);
    expect(error).toMatchObject({ code: name, remedy: expect.stringMatching(/^[A-Z].*\.$/) });
    expect(stay.lost).toBe(error);
    await rig.waitFor('the bot to leave', () => rig.loopback.botVoiceChannelId() === null);
    await rig.clock.skip(60_000);
    await settled();
    expect(rig.loopback.log.of('gateway.voiceState').map(({ channelId }) => channelId)).toEqual([
      rig.channelId,
      null,
    ]);
  });

  it('can be followed by one that does', async () => {
    rig.loopback.knobs.refuseVoice = 4022;
    const failed = rig.enter();
    await failure(failed);
    rig.loopback.knobs.refuseVoice = null;
    await rig.waitFor('the bot to leave', () => rig.loopback.botVoiceChannelId() === null);
    await expectAudio(await rig.join());
  });

  it('can be left at any moment', async () => {
    rig.loopback.knobs.ignoreVoiceState = true;
    const stay = rig.enter();
    await rig.waitFor('the request', () => sends() === 1);
    stay.close();
    expect(await failure(stay)).toMatchObject({ code: 'VOICE_GATEWAY_LOST' });
    expect(stay.lost).toBeNull();
    await rig.waitFor('the leave', () => sends() === 2);
    expect(rig.clock.pending).toBe(0);
  });
});

describe('a connection that breaks', () => {
  it.each([1006, 4015])('is resumed after %i: no request, and audio flows again', async (code) => {
    const stay = await rig.join();
    await expectAudio(stay);
    rig.loopback.faults.closeVoice(code);
    await rig.waitFor('the resumed session', () => rig.loopback.log.count('voice.resume') === 1);
    await rig.waitFor('the connection', () => status(stay) === 'ready');
    await expectAudio(stay);
    expect(sends()).toBe(1);
  });

  it.each([4006, 4009])('is made anew after %i, and audio flows again', async (code) => {
    const stay = await rig.join();
    await expectAudio(stay);
    rig.loopback.faults.closeVoice(code);
    await rig.waitFor('the request', () => sends() === 2);
    await expectAudio(stay);
    expect(sends()).toBe(2);
    expect(stay.lost).toBeNull();
  });

  it('is made anew when it cannot be resumed', async () => {
    const stay = await rig.join();
    rig.loopback.knobs.refuseVoiceResume = 4006;
    rig.loopback.faults.closeVoice(1006);
    await rig.waitFor('the request', () => sends() === 2);
    await expectAudio(stay);
  });

  it('is made anew at once when it was good for a while, else after a moment', async () => {
    const clock = new VirtualClock();
    const stay = rig.enter({ clock });
    await rig.waitFor('the encryption', () => stay.voice.canSend);
    await clock.advance(20);
    await stay.voice.ready;
    rig.loopback.faults.closeVoice(4006);
    await rig.waitFor('the break', () => status(stay) === 'signalling');
    await clock.advance(499);
    await settled();
    expect(sends()).toBe(1);
    await clock.advance(1);
    await rig.waitFor('the request', () => sends() === 2);
    await rig.waitFor('the encryption', () => stay.voice.canSend);
    await clock.advance(10_100);
    rig.loopback.faults.closeVoice(4006);
    await rig.waitFor('the request, with no time gone by', () => sends() === 3);
  });

  it('is made anew when the encryption cannot form again', async () => {
    const stay = await rig.join();
    await expectAudio(stay);
    rig.loopback.knobs.breakDaveTransitions = 1_000_000;
    const bob = rig.loopback.addPerson({ name: 'Bob' });
    const joining = bob.joinVoice(rig.channelId, 20_000);
    await rig.waitFor('the group to break', () => !stay.voice.canSend);
    await rig.clock.skip(1_000);
    expect(sends()).toBe(1);
    await rig.clock.skip(8_100);
    rig.loopback.knobs.breakDaveTransitions = 0;
    await rig.waitFor('the request', () => sends() === 2);
    await joining;
    await expectAudio(stay);
    expect(stay.lost).toBeNull();
  });

  it('is made anew when the gateway was gone meanwhile', async () => {
    const stay = await rig.join();
    await expectAudio(stay);
    rig.loopback.faults.closeGateway(1006);
    rig.loopback.faults.closeVoice(4006);
    await rig.waitFor('the break', () => status(stay) === 'signalling');
    await rig.waitFor('the request', () => sends() === 2);
    await expectAudio(stay);
  });

  it.each([4014, 4017, 4021, 4022])('ends for good after %i, with a message and no request', async (code) => {
    const stay = await rig.join();
    await expectAudio(stay);
    rig.loopback.faults.closeVoice(code);
    await rig.waitFor('the close', () => rig.closeCodes().includes(code));
    await settled();
    await rig.clock.skip(2_000);
    expect(stay.lost).toMatchObject({ remedy: expect.stringMatching(/^[A-Z].*\.$/) });
    await rig.clock.skip(60_000);
    await settled();
    expect(rig.loopback.log.of('gateway.voiceState').map(({ channelId }) => channelId)).toEqual([
      rig.channelId,
      null,
    ]);
    expect(rig.clock.pending).toBe(0);
  });

  it('goes over to another server, and audio flows again', async () => {
    const stay = await rig.join();
    await expectAudio(stay);
    await rig.loopback.faults.serverMoveVoice();
    await rig.waitFor('the new session', () => rig.loopback.log.count('voice.ready') === 2);
    await expectAudio(stay);
    await rig.loopback.faults.serverMoveVoice({ gap: true });
    await rig.waitFor('the new session', () => rig.loopback.log.count('voice.ready') === 3);
    await expectAudio(stay);
    expect(sends()).toBe(1);
  });

  it('asks for itself when the server went away and no other is named', async () => {
    const stay = await rig.join();
    await expectAudio(stay);
    rig.loopback.faults.sendVoice(JSON.stringify({ op: 99, d: null }));
    const { connection } = stay.voice;
    (connection as unknown as { addServerPacket(packet: object): void }).addServerPacket({
      ...{ token: 'old', guild_id: rig.loopback.guildId, endpoint: null },
    });
    expect(status(stay)).toBe('disconnected');
    await rig.clock.skip(8_000);
    await rig.waitFor('the request', () => sends() === 2);
    await expectAudio(stay);
  });

  it('is given up two minutes after it broke for good, with few requests', async () => {
    const stay = await rig.join();
    rig.loopback.knobs.refuseVoice = 'port';
    rig.loopback.faults.closeVoice(4006);
    await settled();
    const lostMs = await untilLost(stay, 200_000);
    expect(lostMs).toBeGreaterThan(119_000);
    expect(lostMs).toBeLessThan(145_000);
    expect(stay.lost).toMatchObject({ code: 'VOICE_UNREACHABLE' });
    // One to join, 5 in the first half minute, then one every 15 s, and one to leave.
    expect(sends()).toBeLessThanOrEqual(15);
    expect(rig.clock.pending).toBe(0);
  });
});

describe('what the library cannot bear', () => {
  it('messages do not end the process, and audio goes on', async () => {
    const stay = await rig.join();
    await expectAudio(stay);
    for (const message of [
      'null',
      '{"op":5}',
      '{"op":8}',
      '{"op":11}',
      '{"op":21}',
      '{',
      Buffer.from([0, 1]),
    ]) {
      rig.loopback.faults.sendVoice(message);
    }
    await expectAudio(stay);
    expect(stay.lost).toBeNull();
    expect(rig.closeCodes()).toEqual([]);
  });

  it('a server named in the instant in which the socket to the one before was opened ends nothing', async () => {
    const stay = rig.enter();
    const { connection } = stay.voice;
    let moved = false;
    connection.on('stateChange', () => {
      if (moved || !awaitsDiscovery(connection)) return;
      moved = true;
      // As a second VOICE_SERVER_UPDATE does.
      (connection as unknown as { configureNetworking(): void }).configureNetworking();
    });
    await stay.voice.ready;
    expect(moved).toBe(true);
    await expectAudio(stay);
  });

  it('messages of the encryption let it start anew', async () => {
    const stay = await rig.join();
    await expectAudio(stay);
    // An external sender, proposals, a commit and a welcome.
    for (const [i, op] of [25, 27, 29, 30].entries()) {
      const epochs = rig.loopback.log.count('dave.epoch');
      rig.loopback.faults.sendVoice(Buffer.concat([Buffer.from([0, 99, op]), Buffer.alloc(9, 0xa5)]));
      await rig.waitFor('the new start', () => rig.loopback.log.count('dave.invalid') === i + 1);
      await rig.waitFor('the new group', () => rig.loopback.log.count('dave.epoch') > epochs);
      await rig.loopback.botReady(5_000);
      await rig.waitFor('the encryption', () => stay.voice.canSend);
    }
    await expectAudio(stay);
  });
});

describe('another channel', () => {
  it('can be entered right after this one was closed', async () => {
    const [, other = ''] = rig.loopback.voiceChannelIds;
    const first = await rig.join();
    first.voice.close({ leave: false });
    const second = rig.enter({ channelId: other });
    await ada.joinVoice(other);
    await second.voice.ready;
    await expectAudio(second);
    expect(rig.loopback.botVoiceChannelId()).toBe(other);
    expect(rig.loopback.log.of('gateway.voiceState').map(({ channelId }) => channelId)).toEqual([
      rig.channelId,
      other,
    ]);
    expect(first.lost).toBeNull();
  });

  it('and the same one can be entered right after it was left', async () => {
    const first = await rig.join();
    first.close();
    const second = await rig.join();
    await expectAudio(second);
    expect(rig.loopback.botVoiceChannelId()).toBe(rig.channelId);
  });
});
