/** Faults of the end-to-end encryption: lost commits, frames in clear, frames that nobody can decrypt, changes of version. */
// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rmsDbfs } from '../../src/audio/energy.ts';
import { isEndToEndEncrypted } from '../../src/discord/voice-shim.ts';
import type { Person } from '../../src/loopback/index.ts';
import { tone } from '../support/tone.ts';
import { loud, send, talk } from './ears/packets.ts';
import { openRig, type Rig, type Stay } from './voice-rig.ts';
import { expectAudio, sends, status } from './voice-steps.ts';

let rig: Rig;
let ada: Person;
beforeEach(async () => {
  rig = await openRig();
  ada = await rig.seat('Ada');
});
afterEach(async () => {
  await rig.close();
});

const count = (kind: string) => rig.loopback.log.count(kind);

/** The bot is in, in one group with everybody. */
async function joined(): Promise<Stay> {
  const stay = await rig.join();
  await rig.waitFor('the group', () => stay.voice.canSend);
  return stay;
}

/** The bot and the people share one group, as its code says on both sides, and audio flows. */
async function expectGroup(stay: Stay, person = ada): Promise<void> {
  await rig.waitFor('the group', () => stay.voice.canSend);
  await expectAudio(rig, stay, person);
  expect(rig.loopback.privacyCode()).toBe(stay.voice.connection.voicePrivacyCode);
  expect(sends(rig)).toBe(1);
}

describe('a group', () => {
  it("is formed though the bot's commit comes second", async () => {
    rig.loopback.knobs.personCommitDelayMs = 0;
    const stay = await rig.join();
    await expectGroup(stay);
    expect(rig.loopback.log.of('dave.epoch')).toMatchObject([{ committer: ada.id }]);
  });

  it("is formed though the bot's commit is refused", async () => {
    rig.loopback.knobs.dave.rejectCommits = 1;
    rig.loopback.knobs.personCommitDelayMs = 50;
    const stay = await rig.join();
    await expectGroup(stay);
    expect(count('dave.commitRejected')).toBe(1);
  });

  it('is formed in a numbered transition as well as at once', async () => {
    rig.loopback.knobs.dave.numberedFirstGroup = true;
    const stay = await rig.join();
    await expectGroup(stay);
    expect(count('dave.executed')).toBe(1);
  });

  it.each([
    ['commit', 200],
    ['welcome', 0],
  ])('whose %s arrives broken is entered again, and audio is back', async (_, personCommitDelayMs) => {
    rig.loopback.knobs.personCommitDelayMs = personCommitDelayMs;
    rig.loopback.knobs.breakDaveTransitions = 1;
    const stay = await rig.join();
    await expectGroup(stay);
    expect(count('dave.broken')).toBe(1);
    expect(count('dave.invalid')).toBe(1);
  });

  it('is kept as people come and go, also when the one who comes goes before he was added', async () => {
    rig.loopback.knobs.dave.revokeProposals = true;
    const stay = await joined();
    const bob = rig.loopback.addPerson({ name: 'Bob' });
    bob.moveTo(rig.channelId);
    bob.leaveVoice();
    const carol = await rig.seat('Carol');
    await expectGroup(stay, carol);
    ada.leaveVoice();
    await expectGroup(stay, carol);
    carol.leaveVoice();
    await ada.joinVoice(rig.channelId);
    await expectGroup(stay);
  });
});

describe('frames in clear, though the call is encrypted', () => {
  it('among others are not heard, and the talk goes on around them', async () => {
    const stay = await rig.join();
    await expectGroup(stay);
    rig.loopback.knobs.dave.plainRate = 0.1;
    const frames = await talk(rig, stay, ada, 60);
    rig.loopback.knobs.dave.plainRate = 0;
    expect(stay.counters.plaintext).toBeGreaterThan(0);
    expect(stay.counters.undecodable).toBe(0);
    expect(frames.length).toBeGreaterThan(50);
    await expectGroup(stay);
    expect(count('dave.invalid')).toBe(0);
  });

  it('from a person who never encrypts have the encryption start anew, and others are heard again', async () => {
    const stay = await rig.join();
    const bob = await rig.seat('Bob');
    await expectGroup(stay, bob);
    rig.loopback.knobs.dave.plainRate = 1;
    send(ada, 150);
    await rig.waitFor('the new start', () => count('dave.invalid') > 0);
    rig.loopback.knobs.dave.plainRate = 0;
    await expectGroup(stay, bob);
    await expectGroup(stay, ada);
    expect(stay.counters.undecodable).toBe(0);
  });
});

describe('frames that nobody can decrypt', () => {
  it.each([
    ['the first group, whose transition has number 0', false],
    ['a later group', true],
  ])('37 in a row in %s have the encryption start anew, and audio is back', async (_, later) => {
    const stay = await rig.join();
    const person = later ? await rig.seat('Bob') : ada;
    await expectGroup(stay, person);
    rig.loopback.knobs.dave.undecryptableNext = 37;
    send(person, 37);
    await rig.waitFor('the new start', () => count('dave.invalid') === 1);
    expect(rig.loopback.log.of('dave.invalid')[0]?.transitionId).toBe(later ? 1 : 0);
    await rig.waitFor('the new group', () => count('dave.epoch') > (later ? 2 : 1));
    await expectGroup(stay, person);
    expect(stay.counters.undecodable).toBe(0);
  });

  it('36 in a row are lost, and nothing more', async () => {
    const stay = await rig.join();
    await expectGroup(stay);
    rig.loopback.knobs.dave.undecryptableNext = 36;
    send(ada, 36);
    await rig.waitFor('the frames to be counted', () => stay.counters.undecryptable === 36);
    await expectGroup(stay);
    expect(count('dave.invalid')).toBe(0);
  });
});

describe('a call whose encryption is taken away', () => {
  const executed = async (times: number) =>
    await rig.waitFor('the transition', () => count('dave.executed') >= times);

  it('goes on in clear, both ways, and is encrypted again when it is given back', async () => {
    const stay = await joined();
    rig.loopback.faults.downgradeDave(rig.channelId);
    await executed(1);
    await rig.waitFor('the bot to know', () => !isEndToEndEncrypted(stay.voice.connection));
    await expectAudio(rig, stay, ada);
    rig.loopback.faults.upgradeDave(rig.channelId);
    await executed(2);
    await expectGroup(stay);
    expect(isEndToEndEncrypted(stay.voice.connection)).toBe(true);
  });

  it('before the bot comes is joined in clear', async () => {
    rig.loopback.faults.downgradeDave(rig.channelId);
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    expect(isEndToEndEncrypted(stay.voice.connection)).toBe(false);
  });

  it.each([
    ['still sealed after it', false],
    ['still in clear after it was given back', true],
  ])('hears frames under way that are %s as they were said, not as noise', async (_, upgraded) => {
    const stay = await joined();
    const { faults, knobs } = rig.loopback;
    if (upgraded) {
      faults.downgradeDave(rig.channelId);
      await executed(1);
    }
    knobs.dave.inFlightMs = 60_000;
    if (upgraded) faults.upgradeDave(rig.channelId);
    else faults.downgradeDave(rig.channelId);
    await executed(upgraded ? 2 : 1);
    await rig.waitFor('the bot to know', () => isEndToEndEncrypted(stay.voice.connection) === upgraded);
    const frames = await talk(rig, stay, ada, 10);
    expect(frames).toHaveLength(11);
    expect(stay.counters.undecodable).toBe(0);
    for (const { pcm } of frames.slice(2, 10)) {
      expect(Math.abs(rmsDbfs(pcm) - rmsDbfs(tone(20)))).toBeLessThan(3);
    }
  });
});

it('what the bot hears before it has a group is dropped and counted, never decoded to noise', async () => {
  const bob = await rig.seat('Bob');
  await rig.waitFor('their group', () => ada.seat?.sharesGroupWith(bob.id));
  // Nobody lets the bot into the group.
  rig.loopback.knobs.personCommitDelayMs = 60_000;
  const stay = rig.enter();
  await rig.waitFor('a connection without a group', () => status(stay) === 'ready');
  for (let i = 0; i < 5; i++) ada.sendOpus(loud(ada));
  await rig.waitFor('the packets to be dropped', () => stay.counters.beforeEncryption > 0);
  expect(stay.frames(ada)).toEqual([]);
  expect(stay.counters.undecodable).toBe(0);
});
