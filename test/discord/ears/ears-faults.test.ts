/** The ears on the real receiver: whatever arrives is counted by cause, and audio goes on. */
// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rmsDbfs } from '../../../src/audio/energy.ts';
import type { Person } from '../../../src/loopback/index.ts';
import { tone } from '../../support/tone.ts';
import { openRig, type Rig } from '../voice-rig.ts';
import { expectAudio, loud, nothing, send, talk } from './packets.ts';

let rig: Rig;
let ada: Person;
beforeEach(async () => {
  rig = await openRig();
  ada = await rig.seat('Ada');
});
afterEach(async () => {
  await rig.close();
});

describe('damage on the way', () => {
  it.each([1, 2, 7, 9, 10, 11])('a packet of %i bytes is counted, and audio goes on', async (bytes) => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    rig.loopback.faults.sendRaw(Buffer.alloc(bytes, 0x90));
    await rig.waitFor('the packet to be counted', () => stay.counters.short === 1);
    await expectAudio(rig, stay, ada);
    expect(stay.counters).toEqual({ ...nothing, short: 1 });
  });

  it('packets of 8 bytes are keep-alive replies', async () => {
    const stay = await rig.join();
    rig.loopback.faults.sendRaw(Buffer.alloc(8));
    await expectAudio(rig, stay, ada);
    expect(stay.counters).toEqual(nothing);
  });

  it.each([12, 13, 28, 32, 33, 200])(
    'a forged packet of %i bytes with the SSRC of a person is counted, and audio goes on',
    async (bytes) => {
      const stay = await rig.join();
      await expectAudio(rig, stay, ada);
      const forged = Buffer.alloc(bytes, 0x90);
      forged.writeUInt16BE(0x8078, 0);
      forged.writeUInt32BE(ada.ssrc!, 8);
      rig.loopback.faults.sendRaw(forged);
      await rig.waitFor('the packet to be counted', () => stay.counters.forged === 1);
      await expectAudio(rig, stay, ada);
      expect(stay.counters).toEqual({ ...nothing, forged: 1 });
    },
  );

  it('a corrupted packet is counted and concealed, and audio goes on', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    rig.loopback.faults.corruptNext(1);
    send(ada, 1);
    const before = stay.told.length;
    // The damaged packet was the first of this talk: it is missed before the second.
    await talk(rig, stay, ada, 10);
    expect(stay.counters).toEqual({ ...nothing, forged: 1, lost: 1 });
    expect(stay.told.slice(before).filter(({ type }) => type === 'frame')).toHaveLength(11);
    await expectAudio(rig, stay, ada);
  });

  it('a corrupted packet in the middle of a talk is concealed', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    send(ada, 5);
    await rig.waitFor('the packets', () => stay.frames(ada).length === 16);
    rig.loopback.faults.corruptNext(1);
    const frames = await talk(rig, stay, ada, 10);
    expect(stay.counters).toEqual({ ...nothing, forged: 1, lost: 1 });
    expect(frames.filter(({ concealed }) => concealed)).toHaveLength(1);
    expect(frames).toHaveLength(11);
  });

  it('duplicates are heard once', async () => {
    const stay = await rig.join();
    rig.loopback.knobs.toBot.duplicateRate = 1;
    const frames = await talk(rig, stay, ada, 20);
    expect(frames).toHaveLength(21);
    // Silence frames are not encrypted, so theirs is the only one that the order has to know.
    await rig.waitFor('the last duplicate', () => stay.counters.duplicate === 1);
    expect(stay.counters).toEqual({ ...nothing, duplicate: 1, repeated: 20 });
  });

  it('neighbours that change places are put back into order, once the first has shown that they do', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    rig.loopback.knobs.toBot.reorderRate = 0.5;
    await talk(rig, stay, ada, 40);
    await rig.waitFor('all frames', () => stay.frames(ada).length >= 52);
    const { lost } = stay.counters;
    // A dozen or more of them change places; a busy machine may lose sight of one more.
    expect(lost).toBeGreaterThanOrEqual(1);
    expect(lost).toBeLessThanOrEqual(3);
    expect(stay.counters).toEqual({ ...nothing, lost, late: lost });
    const frames = stay.frames(ada);
    expect(frames).toHaveLength(52);
    expect(frames.filter(({ concealed }) => concealed)).toHaveLength(lost);
  });

  it('garbage instead of Opus is counted, and audio goes on', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    ada.sendOpus(Buffer.alloc(40, 0xaa));
    await expectAudio(rig, stay, ada);
    expect(stay.counters).toEqual({ ...nothing, undecodable: 1 });
  });

  it('a flood of unknown senders is counted, and takes no memory from the known', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    for (let ssrc = 1; ssrc <= 100; ssrc++) {
      const packet = Buffer.alloc(60, 0x90);
      packet.writeUInt16BE(0x8078, 0);
      packet.writeUInt32BE(ssrc, 8);
      rig.loopback.faults.sendRaw(packet);
    }
    await rig.waitFor('the flood to be counted', () => stay.counters.unannounced === 100 - 16);
    await expectAudio(rig, stay, ada);
  });

  it('video, control packets and other versions are nothing to hear', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    for (const start of [0x8065, 0x80c9, 0x8002, 0x4078, 0x0002]) {
      const packet = Buffer.alloc(60, 0x90);
      packet.writeUInt16BE(start, 0);
      packet.writeUInt32BE(ada.ssrc!, 8);
      rig.loopback.faults.sendRaw(packet);
    }
    await expectAudio(rig, stay, ada);
    expect(stay.counters).toEqual({ ...nothing, otherType: 3, otherVersion: 2 });
  });
});

describe('end-to-end encryption', () => {
  it('frames in clear are not heard, but counted, and audio goes on', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    for (let i = 0; i < 5; i++) ada.sendOpus(loud(ada), { dave: false });
    await rig.waitFor('the frames to be counted', () => stay.counters.plaintext === 5);
    await expectAudio(rig, stay, ada);
    expect(stay.counters).toEqual({ ...nothing, plaintext: 5, lost: 5 });
  });

  it('frames that cannot be decrypted are not heard, but counted, and audio goes on', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    for (let i = 0; i < 5; i++) {
      const sealed = Buffer.from(ada.seat!.seal(loud(ada)));
      sealed[2]! ^= 0x40;
      ada.sendOpus(sealed, { dave: false });
    }
    await rig.waitFor('the frames to be counted', () => stay.counters.undecryptable === 5);
    await expectAudio(rig, stay, ada);
    expect(stay.counters).toEqual({ ...nothing, undecryptable: 5, lost: 5 });
  });

  it('starts anew when too many frames cannot be decrypted, also from its first transition on', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    for (let i = 0; i < 40; i++) ada.sendOpus(loud(ada), { dave: false });
    await rig.waitFor('the invalidated transition', () => rig.loopback.log.count('dave.invalid') === 1);
    await rig.loopback.botReady(5_000);
    await rig.waitFor('the new group', () => stay.voice.canSend);
    await expectAudio(rig, stay, ada);
    expect(rig.loopback.privacyCode()).toBe(stay.voice.connection.voicePrivacyCode);
  });

  it('lets nothing through before there is a group: what is sealed for others would be noise', async () => {
    // Nobody commits for a while, so the bot is connected without a group.
    rig.loopback.knobs.breakDaveTransitions = 1;
    const stay = rig.enter();
    const connection = stay.voice.connection;
    await rig.waitFor('a connection without a group', () => connection.state.status === 'ready');
    send(ada, 5);
    await rig.waitFor('the packets to be dropped', () => stay.counters.beforeEncryption > 0);
    expect(stay.frames(ada)).toEqual([]);
    await stay.voice.ready;
    await rig.loopback.botReady(5_000);
    await rig.waitFor('the group', () => stay.voice.canSend);
    await expectAudio(rig, stay, ada);
  });

  it('goes on while the voice session is resumed, without a frame of noise', async () => {
    const stay = await rig.join();
    await expectAudio(rig, stay, ada);
    const { connection } = stay.voice;
    rig.loopback.faults.closeVoice(1006);
    await rig.waitFor('the resuming', () => connection.state.status === 'connecting');
    const frames = await talk(rig, stay, ada, 10);
    expect(connection.state.status).toBe('connecting');
    expect(frames).toHaveLength(11);
    expect(stay.counters.undecodable).toBe(0);
    for (const { pcm } of frames.slice(2, 10)) {
      expect(Math.abs(rmsDbfs(pcm) - rmsDbfs(tone(20)))).toBeLessThan(3);
    }
    await rig.waitFor('the resumed session', () => connection.state.status === 'ready');
    await expectAudio(rig, stay, ada);
  });
});
