/** One speaker's packets become 20 ms frames: holes, garbage, packets of other lengths, the end-of-talk hint. */
import prism from 'prism-media';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rmsDbfs, VOICED_DBFS } from '../../../src/audio/energy.ts';
import { createOpusEncoder, OPUS_SILENCE, type OpusEncoder } from '../../../src/audio/opus.ts';
import { FRAME_SAMPLES, pcmToBytes } from '../../../src/audio/pcm.ts';
import type { EarsEvent } from '../../../src/conversation/ports.ts';
import { SpeakerStream, type StreamCounters } from '../../../src/discord/ears/speaker-stream.ts';
import { tone } from '../../support/tone.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let clock: VirtualClock;
let counters: StreamCounters;
let events: EarsEvent[];
let stream: SpeakerStream;
let encoder: OpusEncoder;
let sequence: number;

beforeEach(() => {
  clock = new VirtualClock();
  counters = { lost: 0, late: 0, duplicate: 0, undecodable: 0 };
  events = [];
  sequence = 100;
  encoder = createOpusEncoder(16_000);
  stream = new SpeakerStream({ speakerId: 'ann', clock, counters, emit: (event) => events.push(event) });
});
afterEach(() => {
  stream.close();
  encoder.close();
});

const pushAs = (payload: Buffer, number: number, ssrc = 7) =>
  stream.push(payload, {
    sequence: number & 0xffff,
    timestamp: number * 960,
    ssrc,
    arrivedMs: clock.now(),
  });
const push = (payload: Buffer, { ssrc = 7, skip = 0 } = {}) => {
  sequence += 1 + skip;
  pushAs(payload, sequence, ssrc);
};
/** One packet comes `ms` after the one behind it: from now on holes are waited for so long. */
async function beLate(ms: number): Promise<void> {
  push(loud());
  push(loud(), { skip: 1 });
  await clock.advance(ms);
  pushAs(loud(), sequence - 1);
  events.length = 0;
  Object.assign(counters, { lost: 0, late: 0 });
}
const loud = () => encoder.encode(tone(20));
const frames = () => events.filter((event) => event.type === 'frame');
const talkEnds = () => events.filter((event) => event.type === 'talkEnded');

/** A packet of `ms` of tone, as a client with another frame length sends it. */
function packetOf(ms: number): Buffer {
  const frameSize = (16_000 * ms) / 1000;
  const codec = new prism.opus.Encoder({ rate: 16_000, channels: 1, frameSize }) as unknown as {
    _encode(pcm: Buffer): Buffer;
    destroy(): void;
  };
  const packet = Buffer.from(codec._encode(pcmToBytes(tone(ms))));
  codec.destroy();
  return packet;
}

describe('frames', () => {
  it('come out one a packet, 20 ms at 16 kHz, dated by their arrival', async () => {
    push(loud());
    await clock.advance(20);
    push(loud());
    expect(frames().map(({ arrivedMs, concealed }) => [arrivedMs, concealed])).toEqual([
      [1_000, false],
      [1_020, false],
    ]);
    for (const { pcm } of frames()) expect(pcm).toHaveLength(FRAME_SAMPLES);
    expect(rmsDbfs(frames()[1]!.pcm)).toBeGreaterThan(VOICED_DBFS);
  });

  it.each([
    { ms: 10, packets: 6, expected: 3 },
    { ms: 40, packets: 3, expected: 6 },
    { ms: 60, packets: 2, expected: 6 },
  ])('of 20 ms are made of $ms ms packets', ({ ms, packets, expected }) => {
    const packet = packetOf(ms);
    for (let i = 0; i < packets; i++) push(packet);
    expect(frames()).toHaveLength(expected);
    for (const { pcm } of frames()) expect(pcm).toHaveLength(FRAME_SAMPLES);
    expect(counters.undecodable).toBe(0);
  });

  it('of the next talk do not begin with half a frame of this one', () => {
    push(packetOf(10));
    push(OPUS_SILENCE);
    events.length = 0;
    push(packetOf(20));
    // What is left over would shift every later frame: 10 ms of the old talk, then this packet's first half.
    expect(frames()).toHaveLength(1);
    push(packetOf(10));
    expect(frames()).toHaveLength(1);
    push(packetOf(10));
    expect(frames()).toHaveLength(2);
  });

  it('keep their memory: a later packet does not change an earlier frame', () => {
    push(loud());
    const kept = frames()[0]!.pcm;
    const copy = kept.slice();
    for (let i = 0; i < 20; i++) push(encoder.encode(tone(20, { hz: 1_000, amplitude: 0.9 })));
    expect(kept).toEqual(copy);
  });
});

describe('a hole', () => {
  it.each([
    { lost: 1, concealed: 1 },
    { lost: 4, concealed: 4 },
    { lost: 30, concealed: 5 },
  ])('of $lost packets is filled with $concealed concealed frames', ({ lost, concealed }) => {
    for (let i = 0; i < 5; i++) push(loud());
    push(loud(), { skip: lost });
    const guessed = frames().filter((frame) => frame.concealed);
    expect(guessed).toHaveLength(concealed);
    // The decoder goes on with what it heard last.
    expect(rmsDbfs(guessed[0]!.pcm)).toBeGreaterThan(VOICED_DBFS);
    expect(frames().at(-1)).toMatchObject({ concealed: false });
    expect(counters.lost).toBe(lost);
  });

  it.each([10, 40, 60])('is filled with as much sound as is missing, of packets of %i ms', (ms) => {
    const packet = packetOf(ms);
    for (let i = 0; i < 6; i++) push(packet);
    push(packet, { skip: 1 });
    for (let i = 0; i < 3; i++) push(packet);
    expect(frames()).toHaveLength(Math.floor((11 * ms) / 20));
    expect(counters.lost).toBe(1);
  });

  it('between two talks is silence, not concealed', () => {
    push(loud());
    push(OPUS_SILENCE);
    push(loud(), { skip: 3 });
    expect(frames().filter((frame) => frame.concealed)).toEqual([]);
    expect(counters.lost).toBe(3);
  });

  it('is given up in time even when nothing follows, and frames tell their arrival and their release', async () => {
    await beLate(40);
    push(loud(), { skip: 1 });
    const atMs = clock.now();
    await clock.advance(39);
    expect(frames()).toHaveLength(0);
    await clock.advance(1);
    expect(
      frames().map(({ arrivedMs, releasedMs, concealed }) => [arrivedMs, releasedMs, concealed]),
    ).toEqual([
      [atMs, atMs + 40, true],
      [atMs, atMs + 40, false],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('that is filled in time lets the frames behind it go at that instant', async () => {
    await beLate(40);
    push(loud(), { skip: 1 });
    const atMs = clock.now();
    await clock.advance(15);
    pushAs(loud(), sequence - 1);
    expect(
      frames().map(({ arrivedMs, releasedMs, concealed }) => [arrivedMs, releasedMs, concealed]),
    ).toEqual([
      [atMs + 15, atMs + 15, false],
      [atMs, atMs + 15, false],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('behind the first one is given up in its own time', async () => {
    await beLate(40);
    push(loud(), { skip: 1 });
    await clock.advance(20);
    push(loud(), { skip: 1 });
    await clock.advance(20);
    expect(frames()).toHaveLength(2);
    await clock.advance(20);
    expect(frames()).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });
});

describe('the end of a talk', () => {
  it('is told once, at its first silence frame', async () => {
    push(loud());
    for (let i = 0; i < 5; i++) {
      await clock.advance(20);
      push(OPUS_SILENCE);
    }
    expect(talkEnds()).toEqual([{ type: 'talkEnded', speakerId: 'ann', arrivedMs: 1_020 }]);
  });

  it('is told by the second silence frame when the first is lost', () => {
    push(loud());
    push(OPUS_SILENCE, { skip: 1 });
    expect(talkEnds()).toHaveLength(1);
  });

  it('is told again for the next talk', () => {
    for (let talk = 0; talk < 2; talk++) {
      push(loud());
      push(OPUS_SILENCE);
      push(OPUS_SILENCE);
    }
    expect(talkEnds()).toHaveLength(2);
  });

  it('is not told when nobody talked', () => {
    push(OPUS_SILENCE);
    expect(talkEnds()).toEqual([]);
  });
});

describe('garbage in an intact packet', () => {
  it.each([
    ['a broken packet', Buffer.alloc(40, 0xaa)],
    ['a packet of one odd byte', Buffer.from([0xff])],
    ['an empty packet', Buffer.alloc(0)],
  ])('is counted and concealed, and the next packet decodes: %s', (_, garbage) => {
    push(loud());
    push(garbage);
    push(loud());
    expect(counters.undecodable).toBe(1);
    expect(frames().map(({ concealed }) => concealed)).toEqual([false, true, false]);
    expect(rmsDbfs(frames()[2]!.pcm)).toBeGreaterThan(VOICED_DBFS);
  });
});

describe('another SSRC', () => {
  it('is a new stream: its numbers are not late, and nothing is lost between', () => {
    push(loud());
    sequence -= 300;
    push(loud(), { ssrc: 8 });
    push(loud(), { ssrc: 8 });
    expect(frames()).toHaveLength(3);
    expect(counters).toEqual({ lost: 0, late: 0, duplicate: 0, undecodable: 0 });
  });
});

it('leaves no timer when it is closed with packets held', async () => {
  await beLate(40);
  push(loud(), { skip: 1 });
  expect(clock.pending).toBe(1);
  stream.close();
  expect(clock.pending).toBe(0);
});
