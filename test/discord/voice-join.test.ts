/** The voice supervisor on the way into a channel: every fault there, with the requests counted. */
// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/loopback/index.ts';
import { openRig, type Rig } from './voice-rig.ts';
import { expectAudio, failure, requests, sends, settled, status, untilLost } from './voice-steps.ts';

let rig: Rig;
let ada: Person;
beforeEach(async () => {
  rig = await openRig();
  ada = await rig.seat('Ada');
});
afterEach(async () => {
  await rig.close();
});

describe('on the way in', () => {
  it('joins with one request and leaves with one', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    expect(sends(rig)).toBe(1);
    stay.close();
    await rig.waitFor('the bot to leave', () => rig.loopback.botVoiceChannelId() === null);
    expect(sends(rig)).toBe(2);
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
    await expectAudio(rig, stay, ada);
    expect(sends(rig)).toBe(1);
  });

  it('joins a channel where nobody is, and is ready when somebody comes', async () => {
    ada.leaveVoice();
    const stay = await rig.join();
    expect(stay.voice.canSend).toBe(false);
    await ada.joinVoice(rig.channelId);
    await expectAudio(rig, stay, ada);
  });

  it('asks once more when the answers come in the wrong order', async () => {
    rig.loopback.knobs.swapVoiceUpdates = true;
    const stay = rig.enter();
    await rig.waitFor('the request', () => sends(rig) === 1);
    await settled(rig);
    expect(status(stay)).toBe('signalling');
    await rig.clock.skip(5_000);
    await stay.voice.ready;
    await expectAudio(rig, stay, ada);
    expect(sends(rig)).toBe(2);
  });

  it('does not wait for somebody who sits there without a voice connection', async () => {
    ada.leaveVoice();
    const stay = rig.enter({ hasCompany: () => true });
    await rig.waitFor('the connection', () => status(stay) === 'ready');
    await rig.clock.skip(8_000);
    await stay.voice.ready;
    expect(sends(rig)).toBe(1);
    await ada.joinVoice(rig.channelId);
    await expectAudio(rig, stay, ada);
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
    await expectAudio(rig, stay, ada);
  });
});

describe('a join that cannot succeed', () => {
  it('ends with a remedy, three requests and nothing left when Discord does not answer', async () => {
    rig.loopback.knobs.ignoreVoiceState = true;
    const stay = rig.enter();
    const lostMs = await untilLost(rig, stay, 60_000);
    expect(lostMs).toBeLessThan(20_000);
    expect(await failure(stay)).toMatchObject({
      code: 'VOICE_NO_REPLY',
      remedy: expect.stringContaining('/join'),
    });
    expect(stay.lost).toBe(await failure(stay));
    await settled(rig);
    // Three to join, and one to leave.
    expect(requests(rig)).toEqual([rig.channelId, rig.channelId, rig.channelId, null]);
    expect(rig.clock.pending).toBe(0);
  });

  it.each([
    ['refuses the connection', 'port'],
    ['refuses the agent', 4004],
    ['does not know the session', 4006],
  ] as const)('ends with a remedy and few requests when the voice server %s', async (_, refusal) => {
    rig.loopback.knobs.refuseVoice = refusal;
    const stay = rig.enter();
    const lostMs = await untilLost(rig, stay, 60_000);
    expect(lostMs).toBeLessThan(25_000);
    expect(stay.lost).toMatchObject({ code: 'VOICE_UNREACHABLE', remedy: expect.stringContaining('443') });
    await rig.waitFor('the bot to leave', () => rig.loopback.botVoiceChannelId() === null);
    expect(sends(rig)).toBeLessThanOrEqual(8);
    expect(rig.clock.pending).toBe(0);
  });

  it('ends when the address is never told', async () => {
    rig.loopback.knobs.dropDiscoveryReplies = 1_000;
    const stay = rig.enter();
    await rig.waitFor('the first question', () => rig.loopback.log.count('udp.discovery') === 1);
    await untilLost(rig, stay, 60_000);
    expect(stay.lost).toMatchObject({ code: 'VOICE_UNREACHABLE' });
    expect(sends(rig)).toBeLessThanOrEqual(4);
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
    await settled(rig);
    expect(requests(rig)).toEqual([rig.channelId, null]);
  });

  it('can be followed by one that does', async () => {
    rig.loopback.knobs.refuseVoice = 4022;
    const failed = rig.enter();
    await failure(failed);
    rig.loopback.knobs.refuseVoice = null;
    await rig.waitFor('the bot to leave', () => rig.loopback.botVoiceChannelId() === null);
    await expectAudio(rig, await rig.join(), ada);
  });

  it('can be left at any moment', async () => {
    rig.loopback.knobs.ignoreVoiceState = true;
    const stay = rig.enter();
    await rig.waitFor('the request', () => sends(rig) === 1);
    stay.close();
    expect(await failure(stay)).toMatchObject({ code: 'VOICE_GATEWAY_LOST' });
    expect(stay.lost).toBeNull();
    await rig.waitFor('the leave', () => sends(rig) === 2);
    expect(rig.clock.pending).toBe(0);
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
    await expectAudio(rig, second, ada);
    expect(rig.loopback.botVoiceChannelId()).toBe(other);
    expect(requests(rig)).toEqual([rig.channelId, other]);
    expect(first.lost).toBeNull();
  });

  it('and the same one can be entered right after it was left', async () => {
    const first = await rig.join();
    first.close();
    const second = await rig.join();
    await expectAudio(rig, second, ada);
    expect(rig.loopback.botVoiceChannelId()).toBe(rig.channelId);
  });
});
