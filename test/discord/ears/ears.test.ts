/** The ears on the real receiver, end-to-end encryption on: who is heard, from which packet on, and who is not. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../../src/loopback/index.ts';
import { openRig, type Rig } from '../voice-rig.ts';
import { expectAudio, nothing, send, silent, talk } from './packets.ts';

let rig: Rig;
let ada: Person;
beforeEach(async () => {
  rig = await openRig();
  ada = await rig.seat('Ada');
});
afterEach(async () => {
  await rig.close();
});

describe('a talk', () => {
  it('is heard from its first packet on, which may overtake the announcement of its sender', async () => {
    const stay = await rig.join();
    const frames = await talk(rig, stay, ada, 10);
    expect(frames).toHaveLength(11);
    expect(stay.counters).toEqual(nothing);
  });

  it('is heard whole at its natural pace, and dated by the arrival of each packet', async () => {
    const stay = await rig.join();
    await ada.sendTone(200, 440);
    await rig.waitFor('the silence frames', () => stay.frames(ada).length >= 15);
    const told = stay.frames(ada);
    expect(told).toHaveLength(15);
    for (const { arrivedMs, atMs } of told) expect(atMs).toBeGreaterThanOrEqual(arrivedMs);
    expect(told.map(({ arrivedMs }) => arrivedMs)).toEqual(
      told.map(({ arrivedMs }) => arrivedMs).sort((a, b) => a - b),
    );
  });

  it('of two people at once comes apart', async () => {
    const bob = await rig.seat('Bob');
    const stay = await rig.join();
    await Promise.all([ada.sendTone(200, 440), bob.sendTone(300, 1_000)]);
    await rig.waitFor('both ends', () => stay.told.filter(({ type }) => type === 'talkEnded').length === 2);
    await rig.waitFor('all frames', () => stay.frames(ada).length + stay.frames(bob).length >= 35);
    expect(stay.frames(ada)).toHaveLength(15);
    expect(stay.frames(bob)).toHaveLength(20);
  });

  it('after a silence of any length is heard from its first packet on', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    await silent(stay);
    await expectAudio(rig, stay, ada);
  });
});

describe('an announcement', { tags: ['fault'] }, () => {
  it('that comes late does not cost the packets before it', async () => {
    rig.loopback.knobs.announceSpeaking = false;
    const bob = await rig.seat('Bob');
    const stay = await rig.join();
    bob.announce();
    await expectAudio(rig, stay, bob);
    send(ada, 8);
    // Packets stay in order: when Bob's is there, Ada's are.
    await expectAudio(rig, stay, bob);
    expect(stay.frames(ada)).toEqual([]);
    ada.announce();
    await talk(rig, stay, ada, 2);
    expect(stay.frames(ada)).toHaveLength(11);
    expect(stay.counters).toEqual(nothing);
  });

  it('that never comes is inferred when only one person has none', async () => {
    rig.loopback.knobs.announceSpeaking = false;
    const stay = await rig.join();
    const frames = await talk(rig, stay, ada, 30);
    expect(frames).toHaveLength(31);
  });

  it('that never comes is not guessed when it may be one of two people, and the packets are counted', async () => {
    rig.loopback.knobs.announceSpeaking = false;
    const bob = await rig.seat('Bob');
    const stay = await rig.join();
    send(ada, 40);
    await rig.waitFor('packets to be given up', () => stay.counters.unannounced === 15);
    bob.announce();
    await expectAudio(rig, stay, bob);
    expect(stay.frames(ada)).toEqual([]);
    // Now only Ada is left.
    send(ada, 1);
    await rig.waitFor('Ada to be inferred', () => stay.frames(ada).length > 0);
  });
});

describe('who is heard', () => {
  it('not those who may not be: no packet of theirs is decoded, and no stream is kept', async () => {
    const bob = await rig.seat('Bob');
    const stay = await rig.join({ mayHear: (userId) => userId !== bob.id });
    send(bob, 10);
    await expectAudio(rig, stay, ada);
    expect(stay.frames(bob)).toEqual([]);
    expect([...stay.voice.connection.receiver.subscriptions.keys()]).toEqual([ada.id]);
  });

  it('somebody who withdraws in the middle of a word is gone at once, and stays so', async () => {
    const refused = new Set<string>();
    const stay = await rig.join({ mayHear: (userId) => !refused.has(userId) });
    send(ada, 5);
    await rig.waitFor('frames', () => stay.frames(ada).length >= 5);
    refused.add(ada.id);
    stay.ears.drop(ada.id);
    expect(stay.told.at(-1)).toMatchObject({ type: 'gone', speakerId: ada.id });
    const heard = stay.told.length;
    send(ada, 10);
    const bob = await rig.seat('Bob');
    await expectAudio(rig, stay, bob);
    expect(stay.told.slice(heard).filter(({ speakerId }) => speakerId === ada.id)).toEqual([]);
    expect([...stay.voice.connection.receiver.subscriptions.keys()]).toEqual([bob.id]);
  });

  it('somebody who comes back with a new stream is heard again', async () => {
    const stay = await rig.join();
    await rig.seat('Bob');
    await expectAudio(rig, stay, ada);
    ada.leaveVoice();
    stay.ears.drop(ada.id);
    await silent(stay);
    await ada.joinVoice(rig.channelId);
    await rig.waitFor('the group', () => stay.voice.canSend);
    await expectAudio(rig, stay, ada);
    expect(stay.counters.late).toBe(0);
  });

  it('somebody at whose words the listener failed: again from the next talk on, and the process lives', async () => {
    const stay = await rig.join();
    let broken = true;
    let frames = 0;
    stay.ears.listen((event) => {
      if (broken) throw new Error('the detector is gone');
      if (event.type === 'frame') frames += 1;
      rig.loopback.log.notify();
    });
    send(ada, 1);
    await rig.waitFor(
      'the end of the stream',
      () => !stay.voice.connection.receiver.subscriptions.has(ada.id),
    );
    await silent(stay);
    broken = false;
    send(ada, 5);
    await rig.waitFor('frames', () => frames === 5);
    // Out of a timer: this packet waits for the one before it, since packets were late before.
    rig.loopback.knobs.toBot.reorderRate = 1;
    send(ada, 2);
    await rig.waitFor('the late packet', () => stay.counters.late === 1);
    rig.loopback.knobs.toBot.reorderRate = 0;
    broken = true;
    rig.loopback.faults.corruptNext(1);
    send(ada, 2);
    await silent(stay);
    expect(stay.voice.connection.receiver.subscriptions.size).toBe(0);
    broken = false;
    send(ada, 5);
    await rig.waitFor('frames', () => frames === 12);
    expect(stay.counters.undecodable).toBe(0);
  });

  it('nobody once the ears are closed; timers and streams are gone', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    stay.ears.close();
    const heard = stay.told.length;
    send(ada, 10);
    stay.voice.close();
    await rig.waitFor('the bot to leave', () => rig.loopback.botVoiceChannelId() === null);
    expect(stay.told).toHaveLength(heard);
    expect(stay.voice.connection.receiver.speaking.listenerCount('start')).toBe(0);
    expect(rig.clock.pending).toBe(0);
  });
});
