/**
 * The ears on a receiver as the release after 0.19.2 has it: a stand-in in front of the real one takes the SSRC as a
 * sixth argument, and gives out objects with the RTP numbers instead of bare Opus.
 */
import { VoiceReceiver } from '@discordjs/voice';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { rmsDbfs } from '../../../src/audio/energy.ts';
import type { Person } from '../../../src/loopback/index.ts';
import { tone } from '../../support/tone.ts';
import { openRig, type Rig } from '../voice-rig.ts';
import { expectAudio, loud, nothing, send, talk } from './packets.ts';

class AudioPacket {
  readonly payload: Buffer;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;

  constructor(payload: Buffer, sequence: number, timestamp: number, ssrc: number) {
    this.payload = payload;
    this.sequence = sequence;
    this.timestamp = timestamp;
    this.ssrc = ssrc;
  }
}

interface Parser {
  parsePacket(
    rtp: Buffer,
    mode: unknown,
    nonce: unknown,
    key: unknown,
    userId: string,
    ssrc: number,
  ): unknown;
}

let rig: Rig;
let ada: Person;
let made = 0;
beforeEach(async () => {
  made = 0;
  const receiver = VoiceReceiver.prototype as unknown as Parser;
  const parse = receiver.parsePacket;
  vi.spyOn(receiver, 'parsePacket').mockImplementation(function (this: Parser, ...args) {
    const [rtp] = args;
    const payload = parse.apply(this, args) as Buffer | null;
    if (!payload) return null;
    made += 1;
    return new AudioPacket(payload, rtp.readUInt16BE(2), rtp.readUInt32BE(4), rtp.readUInt32BE(8));
  });
  rig = await openRig();
  ada = await rig.seat('Ada');
});
afterEach(async () => {
  await rig.close();
  vi.restoreAllMocks();
});

it('a talk is heard whole, in order, and nothing is miscounted', async () => {
  const stay = await rig.join();
  await expectAudio(rig, stay, ada);
  expect(made).toBe(11);
  expect(stay.counters).toEqual(nothing);
});

it('what cannot be opened is counted by cause, and audio goes on', async () => {
  const stay = await rig.join();
  await expectAudio(rig, stay, ada);
  rig.loopback.faults.corruptNext(1);
  send(ada, 1);
  ada.sendOpus(loud(ada), { dave: false });
  ada.sendOpus(Buffer.alloc(40, 0xaa));
  await rig.waitFor('the last of them', () => stay.counters.undecodable === 1);
  expect(stay.counters).toEqual({ ...nothing, forged: 1, plaintext: 1, undecodable: 1, lost: 2 });
  await expectAudio(rig, stay, ada);
});

it('frames are opened also while the voice session is resumed', async () => {
  const stay = await rig.join();
  await expectAudio(rig, stay, ada);
  const { connection } = stay.voice;
  rig.loopback.faults.closeVoice(1006);
  await rig.waitFor('the resuming', () => connection.state.status === 'connecting');
  const frames = await talk(rig, stay, ada, 10);
  expect(connection.state.status).toBe('connecting');
  expect(frames).toHaveLength(11);
  for (const { pcm } of frames.slice(2, 10)) {
    expect(Math.abs(rmsDbfs(pcm) - rmsDbfs(tone(20)))).toBeLessThan(3);
  }
  await rig.waitFor('the resumed session', () => connection.state.status === 'ready');
  await expectAudio(rig, stay, ada);
});
