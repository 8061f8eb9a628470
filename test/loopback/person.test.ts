/** Synthetic speakers as the bot's UDP socket and receiver see them: pace, silence frames, RTP forms, marks. */
import type { VoiceConnection } from '@discordjs/voice';
import type { Client } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Loopback, type Person, startLoopback } from '../../src/loopback/index.ts';
import { levelDbfs } from '../../src/loopback/level.ts';
import { SILENCE_FRAME } from '../../src/loopback/opus.ts';
import { hear, join, login, pitchOf, playTone, tone, udpOf } from './support.ts';

let loopback: Loopback;
let client: Client<true>;
let connection: VoiceConnection;
let alice: Person;
/** RTP packets as the bot's socket got them. */
let packets: { first: number; sequence: number; timestamp: number }[];

beforeEach(async () => {
  loopback = await startLoopback({ seed: 3 });
  client = await login(loopback);
  connection = await join(client, loopback.voiceChannelIds[0]!);
  alice = loopback.addPerson({ name: 'Alice' });
  await alice.joinVoice(loopback.voiceChannelIds[0]!);
  packets = [];
  udpOf(connection).on('message', (message: Buffer) => {
    if (message.length <= 8 || message.readUInt32BE(8) !== alice.ssrc) return;
    const [first = 0] = message;
    packets.push({ first, sequence: message.readUInt16BE(2), timestamp: message.readUInt32BE(4) });
  });
});

afterEach(async () => {
  connection.destroy();
  await client.destroy();
  await loopback.close();
});

/** 0 for a packet that follows on in time, else how many frames were skipped. */
const skips = () =>
  packets.slice(1).map(({ timestamp }, i) => ((timestamp - packets[i]!.timestamp) >>> 0) / 960 - 1);

describe('say', () => {
  it('of a push-to-talk client goes on through the pause and ends 60 ms after the voice', async () => {
    const heard = hear(connection, alice);
    await alice.say(tone(440, 200), { client: 'pushToTalk', pauses: [{ atSample: 1600, ms: 160 }] });
    const count = 4 + 5 + 8 + 5 + 3 + 5;
    await heard.atLeast(count);
    expect(packets).toHaveLength(count);
    expect(new Set(skips())).toEqual(new Set([0]));
    expect(heard.packets.findIndex((packet) => packet.equals(SILENCE_FRAME))).toBe(count - 5);
    const pcm = heard.pcm();
    expect(pitchOf(pcm.subarray(4 * 320, 9 * 320))).toBe(440);
    expect(levelDbfs(pcm.subarray(12 * 320, 16 * 320))).toBeLessThan(-50);
  });

  it('skips the time that passed since the last sentence', async () => {
    const heard = hear(connection, alice);
    const first = await alice.sendTone(20, 440);
    await playTone(connection, 660, 60);
    // Time is skipped as the sentence begins, however long its first frame then waits for the machine.
    const passed = (performance.now() - first.endedMs) / 20 - 1;
    await alice.sendTone(20, 440);
    await heard.atLeast(12);
    expect(passed).toBeGreaterThan(5);
    expect(Math.abs((skips()[5] ?? 0) - passed)).toBeLessThan(2);
  });

  it('mixes header extensions, padding, both and neither, and all are heard', async () => {
    const heard = hear(connection, alice);
    await alice.sendTone(20, 440);
    const frames = tone(440, 1600);
    for (let at = 0; at < frames.length; at += 320) {
      alice.sendOpus(alice.encode(frames.subarray(at, at + 320)));
    }
    await heard.atLeast(86);
    expect(new Set(packets.map(({ first }) => first))).toEqual(new Set([0x80, 0x90, 0xa0, 0xb0]));
    expect(pitchOf(heard.pcm().subarray(-16_000))).toBe(440);
  });

  it('breaks off on a signal, with silence frames', async () => {
    const controller = new AbortController();
    const heard = hear(connection, alice);
    const spoken = alice.say(tone(440, 3000), { client: 'pushToTalk', signal: controller.signal });
    await heard.atLeast(10);
    controller.abort();
    const { endedMs, lastVoicedSentMs } = await spoken;
    expect(endedMs).toBeGreaterThan(lastVoicedSentMs);
    await heard.atLeast(15);
    expect(heard.packets.slice(-5)).toEqual(Array.from({ length: 5 }, () => SILENCE_FRAME));
    expect(heard.packets.length).toBeLessThan(50);
  });

  it('is refused while talking, outside of voice, and fails when the person leaves before a word', async () => {
    const speech = tone(440, 200);
    const talking = alice.say(speech, { client: 'pushToTalk' });
    await expect(alice.say(speech, { client: 'pushToTalk' })).rejects.toThrow(/talking already/);
    alice.leaveVoice();
    await expect(talking).rejects.toThrow(/before the first word/);
    await expect(alice.say(speech, { client: 'pushToTalk' })).rejects.toThrow(/in no voice channel/);
  });
});

it('announces itself once a stay', async () => {
  const heard = hear(connection, alice);
  await alice.sendTone(20, 440);
  await heard.atLeast(6);
  connection.receiver.ssrcMap.delete(alice.id);
  await alice.sendTone(20, 440);
  await loopback.faults.serverMoveVoice();
  await loopback.waitFor('the bot to be back', () => loopback.log.count('voice.ready') === 2, 3000);
  expect(heard.packets).toHaveLength(6);
});

it('leaves its voice on the time line', async () => {
  const { firstVoicedSentMs } = await alice.sendTone(100, 440);
  const pcm = loopback.room.people(firstVoicedSentMs - 100, firstVoicedSentMs + 200);
  expect(pcm).toHaveLength(4800);
  const first = pcm.findIndex((sample) => sample !== 0);
  expect(Math.abs(first - 1600)).toBeLessThan(160);
  expect(pitchOf(pcm.subarray(1600, 3200))).toBe(440);
  expect(levelDbfs(pcm.subarray(3300))).toBe(-120);
});
