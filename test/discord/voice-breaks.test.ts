/** The voice supervisor once it is in: what breaks is made good or ended for good, with the requests counted. */
// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitsDiscovery } from '../../src/discord/voice-shim.ts';
import type { Person } from '../../src/loopback/index.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { openRig, type Rig } from './voice-rig.ts';
import { expectAudio, requests, sends, settled, status, untilLost } from './voice-steps.ts';

let rig: Rig;
let ada: Person;
beforeEach(async () => {
  rig = await openRig();
  ada = await rig.seat('Ada');
});
afterEach(async () => {
  await rig.close();
});

describe('a connection that breaks', () => {
  it('is made anew when it cannot be resumed', async () => {
    const stay = await rig.join();
    rig.loopback.knobs.refuseVoiceResume = 4006;
    rig.loopback.faults.closeVoice(1006);
    await rig.waitFor('the request', () => sends(rig) === 2);
    await expectAudio(rig, stay, ada);
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
    await settled(rig);
    expect(sends(rig)).toBe(1);
    await clock.advance(1);
    await rig.waitFor('the request', () => sends(rig) === 2);
    await rig.waitFor('the encryption', () => stay.voice.canSend);
    await clock.advance(10_100);
    rig.loopback.faults.closeVoice(4006);
    await rig.waitFor('the request, with no time gone by', () => sends(rig) === 3);
  });

  it('is made anew when the encryption cannot form again', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    rig.loopback.knobs.breakDaveTransitions = 1_000_000;
    const bob = rig.loopback.addPerson({ name: 'Bob' });
    const joining = bob.joinVoice(rig.channelId, 20_000);
    await rig.waitFor('the group to break', () => !stay.voice.canSend);
    await rig.clock.skip(1_000);
    expect(sends(rig)).toBe(1);
    await rig.clock.skip(8_100);
    rig.loopback.knobs.breakDaveTransitions = 0;
    await rig.waitFor('the request', () => sends(rig) === 2);
    await joining;
    await expectAudio(rig, stay, ada);
    expect(stay.lost).toBeNull();
  });

  it('is made anew when the gateway was gone meanwhile', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    rig.loopback.faults.closeGateway(1006);
    rig.loopback.faults.closeVoice(4006);
    await rig.waitFor('the break', () => status(stay) === 'signalling');
    await rig.waitFor('the request', () => sends(rig) === 2);
    await expectAudio(rig, stay, ada);
  });

  it.each([4014, 4017, 4021, 4022])('ends for good after %i, with a message and no request', async (code) => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    rig.loopback.faults.closeVoice(code);
    await rig.waitFor('the close', () => rig.closeCodes().includes(code));
    await settled(rig);
    await rig.clock.skip(2_000);
    expect(stay.lost).toMatchObject({ remedy: expect.stringMatching(/^[A-Z].*\.$/) });
    await rig.clock.skip(60_000);
    await settled(rig);
    expect(requests(rig)).toEqual([rig.channelId, null]);
    expect(rig.clock.pending).toBe(0);
  });

  it('goes over to another server, and audio flows again', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    await rig.loopback.faults.serverMoveVoice();
    await rig.waitFor('the new session', () => rig.loopback.log.count('voice.ready') === 2);
    await expectAudio(rig, stay, ada);
    await rig.loopback.faults.serverMoveVoice({ gap: true });
    await rig.waitFor('the new session', () => rig.loopback.log.count('voice.ready') === 3);
    await expectAudio(rig, stay, ada);
    expect(sends(rig)).toBe(1);
  });

  it('asks for itself when the server went away and no other is named', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    rig.loopback.faults.sendVoice(JSON.stringify({ op: 99, d: null }));
    const { connection } = stay.voice;
    (connection as unknown as { addServerPacket(packet: object): void }).addServerPacket({
      ...{ token: 'old', guild_id: rig.loopback.guildId, endpoint: null },
    });
    expect(status(stay)).toBe('disconnected');
    await rig.clock.skip(8_000);
    await rig.waitFor('the request', () => sends(rig) === 2);
    await expectAudio(rig, stay, ada);
  });

  it('is given up two minutes after it broke for good, with few requests', async () => {
    const stay = await rig.join();
    rig.loopback.knobs.refuseVoice = 'port';
    rig.loopback.faults.closeVoice(4006);
    await settled(rig);
    const lostMs = await untilLost(rig, stay, 200_000);
    expect(lostMs).toBeGreaterThan(119_000);
    expect(lostMs).toBeLessThan(145_000);
    expect(stay.lost).toMatchObject({ code: 'VOICE_UNREACHABLE' });
    // One to join, 5 in the first half minute, then one every 15 s, and one to leave.
    expect(sends(rig)).toBeLessThanOrEqual(15);
    expect(rig.clock.pending).toBe(0);
  });
});

describe('what the library cannot bear', () => {
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
    await expectAudio(rig, stay, ada);
  });
});
