import { beforeEach, describe, expect, it } from 'vitest';
import { createOpusDecoder, isOpusSilence } from '../../../src/audio/opus.ts';
import { concatPcm } from '../../../src/audio/pcm.ts';
import type { Played, SpeechEvents } from '../../../src/conversation/ports.ts';
import { DiscordMouth } from '../../../src/discord/mouth/mouth.ts';
import { silence, tone } from '../../support/tone.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

interface Sent {
  atMs: number;
  packet: Buffer | 'speaking:true' | 'speaking:false';
}

let clock: VirtualClock;
let sent: Sent[];
let connected: boolean;
let mouth: DiscordMouth;
let log: { firstFrameMs?: number; audibleMs?: number; done?: { atMs: number; played: Played } };
let events: SpeechEvents;

beforeEach(() => {
  clock = new VirtualClock();
  sent = [];
  connected = true;
  log = {};
  mouth = new DiscordMouth(clock, {
    ready: () => connected,
    send: (packet) => sent.push({ atMs: clock.now(), packet }),
    setSpeaking: (speaking) => sent.push({ atMs: clock.now(), packet: `speaking:${speaking}` }),
  });
  events = {
    onFirstFrame: (atMs) => {
      log.firstFrameMs = atMs;
    },
    onFirstAudible: (atMs) => {
      log.audibleMs = atMs;
    },
    onDone: (atMs, played) => {
      log.done = { atMs, played };
    },
  };
});

const packets = () => sent.flatMap(({ packet }) => (typeof packet === 'string' ? [] : [packet]));
const voicePackets = () => packets().filter((packet) => !isOpusSilence(packet));

describe('the mouth', () => {
  it('sends the first frame in the instant it is written, and one every 20 ms', async () => {
    const speech = mouth.begin(16_000, events);
    speech.write(tone(200));
    expect(sent).toHaveLength(1);
    speech.end();
    await clock.advance(1_000);
    expect(voicePackets()).toHaveLength(10);
    expect(sent.slice(0, 10).map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 10 }, (_, i) => 1_000 + i * 20),
    );
    expect(log).toMatchObject({ firstFrameMs: 1_000, audibleMs: 1_000 });
    expect(log.done).toEqual({ atMs: 1_200, played: { playedMs: 200, trimmedMs: 0, complete: true } });
  });

  it('ends with five silence frames, then the speaking flag', async () => {
    const speech = mouth.begin(16_000, events);
    speech.write(tone(60));
    speech.end();
    await clock.advance(1_000);
    const tail = sent.slice(3);
    expect(tail.slice(0, 5).every(({ packet }) => typeof packet !== 'string' && isOpusSilence(packet))).toBe(
      true,
    );
    expect(tail.slice(5).map(({ packet }) => packet)).toEqual(['speaking:false']);
    expect(clock.pending).toBe(0);
  });

  it('trims leading silence, however it is cut into pieces', async () => {
    const speech = mouth.begin(16_000, events);
    const pcm = concatPcm([silence(333), tone(400)]);
    for (let at = 0; at < pcm.length; at += 100) speech.write(pcm.subarray(at, at + 100));
    speech.end();
    await clock.advance(2_000);
    // Silence is judged in pieces of 5 ms, so that up to 405 ms may be left: 21 frames at the most.
    expect(voicePackets().length).toBeGreaterThanOrEqual(20);
    expect(voicePackets().length).toBeLessThanOrEqual(21);
    expect(log.audibleMs).toBe(1_000);
    expect(log.done?.played.trimmedMs).toBe(331.25);
  });

  it('does not call a click of 30 ms audible', async () => {
    const speech = mouth.begin(16_000, events);
    speech.write(concatPcm([tone(30), silence(100), tone(200)]));
    speech.end();
    await clock.advance(2_000);
    expect(log.firstFrameMs).toBe(1_000);
    // The second sound begins 130 ms in, and the codec delays it by 6.5 ms: it is in the frame from 120 ms on.
    expect(log.audibleMs).toBe(1_120);
  });

  it('sends no frame of it after stop, only silence, and tells how much was played', async () => {
    const speech = mouth.begin(16_000, events);
    speech.write(tone(2_000));
    speech.end();
    await clock.advance(100);
    const before = voicePackets().length;
    expect(speech.stop()).toEqual({ playedMs: before * 20, trimmedMs: 0, complete: false });
    await clock.advance(1_000);
    expect(voicePackets()).toHaveLength(before);
    expect(packets().length - before).toBe(5);
    expect(log.done).toBeUndefined();
  });

  it('plays on when a late voice catches up, and ends properly when it never does', async () => {
    const speech = mouth.begin(16_000, events);
    speech.write(tone(40));
    await clock.advance(500);
    speech.write(tone(40));
    await clock.advance(500);
    expect(voicePackets()).toHaveLength(4);
    expect(sent.some(({ packet }) => packet === 'speaking:false')).toBe(false);
    speech.end();
    await clock.advance(100);
    expect(log.done?.played).toEqual({ playedMs: 80, trimmedMs: 0, complete: true });
    expect(sent.at(-1)?.packet).toBe('speaking:false');
  });

  it('keeps its schedule when a frame is late', async () => {
    const speech = mouth.begin(16_000, events);
    speech.write(tone(400));
    speech.end();
    await clock.advance(1_000);
    const total = sent[19]!.atMs - sent[0]!.atMs;
    expect(total).toBe(19 * 20);
  });

  it('a second speech replaces the first', async () => {
    mouth.begin(16_000, events).write(tone(2_000));
    await clock.advance(40);
    const second = mouth.begin(24_000, { onFirstFrame() {}, onFirstAudible() {}, onDone() {} });
    expect(log.done?.played.complete).toBe(false);
    second.write(tone(60, { rate: 24_000 }));
    second.end();
    await clock.advance(1_000);
    expect(voicePackets()).toHaveLength(3 + 3);
  });

  it('sends nothing while the connection is not ready, and gives up after 3 s', async () => {
    connected = false;
    const speech = mouth.begin(16_000, events);
    speech.write(tone(200));
    await clock.advance(500);
    expect(sent).toEqual([]);
    connected = true;
    await clock.advance(20);
    expect(voicePackets().length).toBeGreaterThan(0);
    connected = false;
    await clock.advance(4_000);
    expect(log.done?.played.complete).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('carries the tone it was given', async () => {
    const speech = mouth.begin(24_000, events);
    speech.write(tone(500, { rate: 24_000, hz: 660 }));
    speech.end();
    await clock.advance(2_000);
    const decoder = createOpusDecoder(16_000);
    const heard = concatPcm(voicePackets().map((packet) => decoder.decode(packet)));
    let crossings = 0;
    for (let i = 3_201; i < 6_401; i++) if (heard[i - 1]! < 0 && heard[i]! >= 0) crossings += 1;
    expect(crossings).toBeGreaterThan(128);
    expect(crossings).toBeLessThan(136);
    decoder.close();
  });
});
