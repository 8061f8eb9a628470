/** Packets and announcements that a room may bring: strangers, cameras, control packets, odd headers, bad networks. */
// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OPUS_SILENCE } from '../../src/audio/opus.ts';
import type { Person } from '../../src/loopback/index.ts';
import { expectAudio, loud, send, talk } from './ears/packets.ts';
import { openRig, type Rig, type Stay } from './voice-rig.ts';

let rig: Rig;
let ada: Person;
let stay: Stay;
beforeEach(async () => {
  rig = await openRig();
  ada = await rig.seat('Ada');
});
afterEach(async () => {
  await rig.close();
});

/** The bot is in, and has heard Ada. */
async function join(): Promise<void> {
  stay = await rig.join();
  await expectAudio(rig, stay, ada);
}

/** Nobody but Ada has been heard. */
const strangers = () => stay.told.filter(({ speakerId }) => speakerId !== ada.id);

describe('a packet of a person', () => {
  beforeEach(join);

  it.each([
    ['of zeros', () => rig.loopback.faults.packets.zeros(ada, 3)],
    ['under a key that the bot never had', () => rig.loopback.faults.packets.wrongKey(ada, 3)],
    [
      'with contributing sources, which this version cannot open',
      () => {
        for (let i = 0; i < 3; i++) ada.sendOpus(loud(ada), { csrcs: [1, 2] });
      },
    ],
  ])('%s is counted, and audio goes on', async (_, sendThree) => {
    sendThree();
    await rig.waitFor('the packets to be counted', () => stay.counters.forged === 3);
    await expectAudio(rig, stay, ada);
  });

  it.each([
    ['no extension and no padding', null, 0],
    ['an extension of one word', 4, 0],
    ['an extension of two words', 8, 0],
    ['padding', null, 16],
    ['an extension of two words and padding', 8, 255],
  ])('with %s is heard', async (_, extensionBytes, padding) => {
    const before = stay.frames(ada).length;
    const payloads = [loud(ada), loud(ada), loud(ada)].map((packet) => ada.seat!.seal(packet));
    for (const [i, payload] of [...payloads, OPUS_SILENCE].entries()) {
      ada.seat!.sendFrame({
        ...{ ssrc: ada.ssrc!, sequence: 30_000 + i, timestamp: i * 960, marker: i === 0, payloadType: 120 },
        ...{
          extension: extensionBytes === null ? null : Buffer.alloc(extensionBytes, 0x10),
          padding,
          payload,
        },
      });
    }
    await rig.waitFor('the frames', () => stay.frames(ada).length === before + 4);
    expect(stay.counters.undecodable).toBe(0);
  });

  it('that is of its camera, or a control packet with its number, is not taken for speech', async () => {
    const before = stay.frames(ada).length;
    const { packets } = rig.loopback.faults;
    ada.camera(true);
    ada.sendPictures(10);
    for (const kind of ['senderReport', 'receiverReport', 'description', 'goodbye', 'feedback'] as const) {
      packets.rtcp(kind);
      packets.rtcp(kind, { person: ada });
    }
    ada.sendOpus(loud(ada), { payloadType: 111 });
    await talk(rig, stay, ada, 5);
    expect(stay.frames(ada).length - before).toBe(6);
    expect(stay.counters.undecodable).toBe(0);
    expect(strangers()).toEqual([]);
  });
});

describe('an announcement', () => {
  it('that comes 100 ms late costs no packet', async () => {
    Object.assign(rig.loopback.knobs, { announceSpeaking: 'late', announceLateMs: 100 });
    const bob = await rig.seat('Bob');
    stay = await rig.join();
    const frames = await talk(rig, stay, bob, 5);
    expect(frames).toHaveLength(6);
    expect(stay.counters.unannounced).toBe(0);
  });

  it('that was made before the bot came, and is not repeated, is not missed', async () => {
    rig.loopback.knobs.announceSpeaking = 'notToLateJoiners';
    send(ada, 1);
    stay = await rig.join();
    const frames = await talk(rig, stay, ada, 30);
    expect(frames).toHaveLength(31);
  });

  it('that is lost is not made up for by the pictures of a camera, which are no voice', async () => {
    rig.loopback.knobs.announceSpeaking = 'never';
    stay = await rig.join();
    ada.camera(true);
    ada.sendPictures(10);
    const frames = await talk(rig, stay, ada, 30);
    expect(frames).toHaveLength(31);
  });

  it('of 500 strangers opens no stream, and the people are heard', async () => {
    await join();
    rig.loopback.faults.packets.speakingFlood(500);
    await expectAudio(rig, stay, ada);
    expect([...stay.voice.connection.receiver.subscriptions.keys()]).toEqual([ada.id]);
    expect(strangers()).toEqual([]);
  });

  it('that flutters on and off a hundred times ends no talk', async () => {
    await join();
    send(ada, 5);
    rig.loopback.faults.packets.flutter(ada, 101);
    const frames = await talk(rig, stay, ada, 5);
    expect(stay.told.filter(({ type }) => type === 'talkEnded')).toHaveLength(2);
    expect(frames.length).toBeGreaterThanOrEqual(6);
  });
});

it('sound of a number that nobody announced, and that may be one of two people, is heard as nobody, and counted', async () => {
  await rig.seat('Bob');
  await rig.seat('Carol');
  await join();
  rig.loopback.faults.packets.unknownSsrc(100);
  await rig.waitFor('packets to be given up', () => stay.counters.unannounced === 75);
  await expectAudio(rig, stay, ada);
  expect(strangers()).toEqual([]);
});

describe('a network', () => {
  beforeEach(join);

  /** A talk of 30 packets at the pace of real time; resolves with its frames once its end was heard. */
  async function realTalk() {
    const before = stay.told.length;
    await ada.sendTone(600, 440);
    await rig.waitFor('the end', () => stay.told.slice(before).some(({ type }) => type === 'talkEnded'));
    return stay.told.slice(before).flatMap((event) => (event.type === 'frame' ? [event] : []));
  }
  const ends = () => stay.told.filter(({ type }) => type === 'talkEnded').length;

  it('that holds packets back for 100 ms at a time loses none of the talk, nor cuts it in two', async () => {
    Object.assign(rig.loopback.knobs.toBot, { stallRate: 0.1, stallMs: 100 });
    const before = ends();
    const frames = await realTalk();
    expect(frames.filter(({ concealed }) => concealed)).toEqual([]);
    expect(frames.length).toBeGreaterThanOrEqual(30);
    expect(ends()).toBe(before + 1);
  });

  it('that loses packets in bursts leaves one talk, whose holes are bridged and counted', async () => {
    Object.assign(rig.loopback.knobs.toBot, { burstRate: 0.2, burstPackets: 3 });
    const before = ends();
    const frames = await realTalk();
    const { burst = 0 } = rig.loopback.log.drops();
    expect(burst).toBeGreaterThan(0);
    expect(stay.counters.lost).toBeGreaterThan(0);
    expect(stay.counters.lost).toBeLessThanOrEqual(burst);
    expect(frames.some(({ concealed }) => concealed)).toBe(true);
    expect(ends()).toBe(before + 1);
    expect(stay.counters.undecodable).toBe(0);
  });

  it('that damages, doubles and reorders one packet in seven leaves one talk', async () => {
    Object.assign(rig.loopback.knobs.toBot, { corruptRate: 0.15, duplicateRate: 0.15, reorderRate: 0.15 });
    const before = ends();
    const frames = await realTalk();
    expect(stay.counters.forged).toBeGreaterThan(0);
    expect(stay.counters.repeated).toBeGreaterThan(0);
    expect(frames.length).toBeGreaterThan(25);
    expect(ends()).toBe(before + 1);
    expect(stay.counters.undecodable).toBe(0);
  });
});
