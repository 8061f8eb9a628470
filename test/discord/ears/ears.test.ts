/** The ears on the real receiver, end-to-end encryption on: whatever arrives is counted by cause, and audio goes on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rmsDbfs, VOICED_DBFS } from '../../../src/audio/energy.ts';
import { OPUS_SILENCE } from '../../../src/audio/opus.ts';
import { noDroppedPackets } from '../../../src/discord/voice-shim.ts';
import type { Person } from '../../../src/loopback/index.ts';
import { tone } from '../../support/tone.ts';
import { openRig, type Rig, type Stay } from '../voice-rig.ts';

let rig: Rig;
let ada: Person;
beforeEach(async () => {
  rig = await openRig();
  ada = await rig.seat('Ada');
});
afterEach(async () => {
  await rig.close();
});

/** One packet of a steady tone, as the person's client encodes it. */
const loud = (person: Person) => person.encode(tone(20));
const send = (person: Person, count: number) => {
  for (let i = 0; i < count; i++) person.sendOpus(loud(person));
};
/** Sends a talk of `count` packets; resolves once its end was heard, with the frames of it. */
async function talk(stay: Stay, person: Person, count: number) {
  const before = stay.told.length;
  send(person, count);
  person.sendOpus(OPUS_SILENCE, { dave: false });
  await rig.waitFor('the end of the talk', () =>
    stay.told.slice(before).some((event) => event.type === 'talkEnded' && event.speakerId === person.id),
  );
  return stay.told
    .slice(before)
    .flatMap((event) => (event.type === 'frame' && event.speakerId === person.id ? [event] : []));
}
/** Resolves when no packet has come for 100 ms. */
async function silent(stay: Stay): Promise<void> {
  const { speaking } = stay.voice.connection.receiver;
  if (speaking.users.size === 0) return;
  await new Promise<void>((resolve) => speaking.once('end', () => resolve()));
}
/** Everything comes through again: as many frames as packets, loud, and the silence frame. */
async function expectAudio(stay: Stay, person: Person) {
  const frames = await talk(stay, person, 10);
  expect(frames).toHaveLength(11);
  for (const { pcm } of frames.slice(2, 10)) expect(rmsDbfs(pcm)).toBeGreaterThan(VOICED_DBFS);
}
const nothing = noDroppedPackets();
const noLoss = { lost: 0, late: 0, duplicate: 0, undecodable: 0 };

describe('a talk', () => {
  it('is heard from its first packet on, which may overtake the announcement of its sender', async () => {
    const stay = await rig.join();
    const frames = await talk(stay, ada, 10);
    expect(frames).toHaveLength(11);
    expect(stay.counters).toEqual(noLoss);
    expect(stay.dropped).toEqual(nothing);
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
    await expectAudio(stay, ada);
    await silent(stay);
    await expectAudio(stay, ada);
  });
});

describe('an announcement', () => {
  it('that comes late does not cost the packets before it', async () => {
    rig.loopback.knobs.announceSpeaking = false;
    const bob = await rig.seat('Bob');
    const stay = await rig.join();
    bob.announce();
    await expectAudio(stay, bob);
    send(ada, 8);
    // Packets stay in order: when Bob's is there, Ada's are.
    await expectAudio(stay, bob);
    expect(stay.frames(ada)).toEqual([]);
    ada.announce();
    await talk(stay, ada, 2);
    expect(stay.frames(ada)).toHaveLength(11);
    expect(stay.counters).toEqual(noLoss);
    expect(stay.dropped).toEqual(nothing);
  });

  it('that never comes is inferred when only one person has none', async () => {
    rig.loopback.knobs.announceSpeaking = false;
    const stay = await rig.join();
    const frames = await talk(stay, ada, 30);
    expect(frames).toHaveLength(31);
  });

  it('that never comes is not guessed when it may be one of two people, and the packets are counted', async () => {
    rig.loopback.knobs.announceSpeaking = false;
    const bob = await rig.seat('Bob');
    const stay = await rig.join();
    send(ada, 40);
    await rig.waitFor('packets to be given up', () => stay.dropped.unannounced === 15);
    bob.announce();
    await expectAudio(stay, bob);
    expect(stay.frames(ada)).toEqual([]);
    // Now only Ada is left.
    send(ada, 1);
    await rig.waitFor('Ada to be inferred', () => stay.frames(ada).length > 0);
  });
});

describe('damage on the way', () => {
  it.each([1, 2, 7, 9, 10, 11])('a packet of %i bytes is counted, and audio goes on', async (bytes) => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    rig.loopback.faults.sendRaw(Buffer.alloc(bytes, 0x90));
    await rig.waitFor('the packet to be counted', () => stay.dropped.short === 1);
    await expectAudio(stay, ada);
    expect(stay.dropped).toEqual({ ...nothing, short: 1 });
  });

  it('packets of 8 bytes are keep-alive replies', async () => {
    const stay = await rig.join();
    rig.loopback.faults.sendRaw(Buffer.alloc(8));
    await expectAudio(stay, ada);
    expect(stay.dropped).toEqual(nothing);
  });

  it.each([12, 13, 28, 32, 33, 200])(
    'a forged packet of %i bytes with the SSRC of a person is counted, and audio goes on',
    async (bytes) => {
      const stay = await rig.join();
      await expectAudio(stay, ada);
      const forged = Buffer.alloc(bytes, 0x90);
      forged.writeUInt16BE(0x8078, 0);
      forged.writeUInt32BE(ada.ssrc!, 8);
      rig.loopback.faults.sendRaw(forged);
      await rig.waitFor('the packet to be counted', () => stay.dropped.forged === 1);
      await expectAudio(stay, ada);
      expect(stay.dropped).toEqual({ ...nothing, forged: 1 });
    },
  );

  it('a corrupted packet is counted and concealed, and audio goes on', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    rig.loopback.faults.corruptNext(1);
    send(ada, 1);
    const before = stay.told.length;
    // The damaged packet was the first of this talk: it is missed before the second.
    await talk(stay, ada, 10);
    expect(stay.dropped).toEqual({ ...nothing, forged: 1 });
    expect(stay.counters.lost).toBe(1);
    expect(stay.told.slice(before).filter(({ type }) => type === 'frame')).toHaveLength(11);
    await expectAudio(stay, ada);
  });

  it('a corrupted packet in the middle of a talk is concealed', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    send(ada, 5);
    await rig.waitFor('the packets', () => stay.frames(ada).length === 16);
    rig.loopback.faults.corruptNext(1);
    const frames = await talk(stay, ada, 10);
    expect(stay.dropped).toEqual({ ...nothing, forged: 1 });
    expect(frames.filter(({ concealed }) => concealed)).toHaveLength(1);
    expect(frames).toHaveLength(11);
  });

  it('duplicates are heard once', async () => {
    const stay = await rig.join();
    rig.loopback.knobs.toBot.duplicateRate = 1;
    const frames = await talk(stay, ada, 20);
    expect(frames).toHaveLength(21);
    // Silence frames are not encrypted, so theirs is the only one that the order has to know.
    await rig.waitFor('the last duplicate', () => stay.counters.duplicate === 1);
    expect(stay.counters).toEqual({ ...noLoss, duplicate: 1 });
    expect(stay.dropped).toEqual({ ...nothing, repeated: 20 });
  });

  it('neighbours that change places are put back into order', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    rig.loopback.knobs.toBot.reorderRate = 0.5;
    const frames = await talk(stay, ada, 40);
    await rig.waitFor('all frames', () => stay.frames(ada).length >= 52);
    expect(frames.some(({ concealed }) => concealed)).toBe(false);
    expect(stay.counters).toEqual(noLoss);
    expect(stay.frames(ada)).toHaveLength(52);
  });

  it('garbage instead of Opus is counted, and audio goes on', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    ada.sendOpus(Buffer.alloc(40, 0xaa));
    await expectAudio(stay, ada);
    expect(stay.counters).toEqual({ ...noLoss, undecodable: 1 });
    expect(stay.dropped).toEqual(nothing);
  });

  it('a flood of unknown senders is counted, and takes no memory from the known', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    for (let ssrc = 1; ssrc <= 100; ssrc++) {
      const packet = Buffer.alloc(60, 0x90);
      packet.writeUInt16BE(0x8078, 0);
      packet.writeUInt32BE(ssrc, 8);
      rig.loopback.faults.sendRaw(packet);
    }
    await rig.waitFor('the flood to be counted', () => stay.dropped.unannounced === 100 - 16);
    await expectAudio(stay, ada);
  });

  it('video, control packets and other versions are nothing to hear', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    for (const start of [0x8065, 0x80c9, 0x4078, 0x0002]) {
      const packet = Buffer.alloc(60, 0x90);
      packet.writeUInt16BE(start, 0);
      packet.writeUInt32BE(ada.ssrc!, 8);
      rig.loopback.faults.sendRaw(packet);
    }
    await expectAudio(stay, ada);
    expect(stay.dropped).toEqual(nothing);
  });
});

describe('end-to-end encryption', () => {
  it('frames in clear are not heard, but counted, and audio goes on', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    for (let i = 0; i < 5; i++) ada.sendOpus(loud(ada), { dave: false });
    await rig.waitFor('the frames to be counted', () => stay.dropped.undecryptable === 5);
    await expectAudio(stay, ada);
    expect(stay.dropped).toEqual({ ...nothing, undecryptable: 5 });
  });

  it('frames that cannot be decrypted are not heard, but counted, and audio goes on', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    for (let i = 0; i < 5; i++) {
      const sealed = Buffer.from(ada.seat!.seal(loud(ada)));
      sealed[2]! ^= 0x40;
      ada.sendOpus(sealed, { dave: false });
    }
    await rig.waitFor('the frames to be counted', () => stay.dropped.undecryptable === 5);
    await expectAudio(stay, ada);
  });

  it('starts anew when too many frames cannot be decrypted, also from its first transition on', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    for (let i = 0; i < 40; i++) ada.sendOpus(loud(ada), { dave: false });
    await rig.waitFor('the invalidated transition', () => rig.loopback.log.count('dave.invalid') === 1);
    await rig.loopback.botReady(5_000);
    await rig.waitFor('the new group', () => stay.voice.canSend);
    await expectAudio(stay, ada);
    expect(rig.loopback.privacyCode()).toBe(stay.voice.connection.voicePrivacyCode);
  });

  it('lets nothing through before there is a group: what is sealed for others would be noise', async () => {
    // Nobody commits for a while, so the bot is connected without a group.
    rig.loopback.knobs.breakDaveTransitions = 1;
    const stay = rig.enter();
    const connection = stay.voice.connection;
    await rig.waitFor('a connection without a group', () => connection.state.status === 'ready');
    send(ada, 5);
    await rig.waitFor('the packets to be dropped', () => stay.dropped.beforeEncryption > 0);
    expect(stay.frames(ada)).toEqual([]);
    await stay.voice.ready;
    await rig.loopback.botReady(5_000);
    await rig.waitFor('the group', () => stay.voice.canSend);
    await expectAudio(stay, ada);
  });

  it('goes on while the voice session is resumed, without a frame of noise', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
    const { connection } = stay.voice;
    rig.loopback.faults.closeVoice(1006);
    await rig.waitFor('the resuming', () => connection.state.status === 'connecting');
    const frames = await talk(stay, ada, 10);
    expect(connection.state.status).toBe('connecting');
    expect(frames).toHaveLength(11);
    expect(stay.counters.undecodable).toBe(0);
    for (const { pcm } of frames.slice(2, 10)) {
      expect(Math.abs(rmsDbfs(pcm) - rmsDbfs(tone(20)))).toBeLessThan(3);
    }
    await rig.waitFor('the resumed session', () => connection.state.status === 'ready');
    await expectAudio(stay, ada);
  });
});

describe('who is heard', () => {
  it('not those who may not be: no packet of theirs is decoded, and no stream is kept', async () => {
    const bob = await rig.seat('Bob');
    const stay = await rig.join({ mayHear: (userId) => userId !== bob.id });
    send(bob, 10);
    await expectAudio(stay, ada);
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
    await expectAudio(stay, bob);
    expect(stay.told.slice(heard).filter(({ speakerId }) => speakerId === ada.id)).toEqual([]);
    expect([...stay.voice.connection.receiver.subscriptions.keys()]).toEqual([bob.id]);
  });

  it('somebody who comes back with a new stream is heard again', async () => {
    const stay = await rig.join();
    await rig.seat('Bob');
    await expectAudio(stay, ada);
    ada.leaveVoice();
    stay.ears.drop(ada.id);
    await silent(stay);
    await ada.joinVoice(rig.channelId);
    await rig.waitFor('the group', () => stay.voice.canSend);
    await expectAudio(stay, ada);
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
    // Out of a timer: this packet waits for the one before it.
    broken = true;
    rig.loopback.faults.corruptNext(1);
    send(ada, 2);
    await silent(stay);
    expect(stay.voice.connection.receiver.subscriptions.size).toBe(0);
    broken = false;
    send(ada, 5);
    await rig.waitFor('frames', () => frames === 10);
    expect(stay.counters.undecodable).toBe(0);
  });

  it('nobody once the ears are closed; timers and streams are gone', async () => {
    const stay = await rig.join();
    await expectAudio(stay, ada);
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
