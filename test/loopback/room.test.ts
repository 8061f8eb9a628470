/** What the room calls audible and quiet, and where its recording puts what it heard. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventLog } from '../../src/loopback/log.ts';
import { type OpusCodec, openOpus, SILENCE_FRAME } from '../../src/loopback/opus.ts';
import { Recording } from '../../src/loopback/recording.ts';
import { Room } from '../../src/loopback/room.ts';
import { tone } from './support.ts';

let room: Room;
let opus: OpusCodec;
let sequence: number;

beforeEach(() => {
  room = new Room(new EventLog(), () => []);
  opus = openOpus();
  sequence = 65_530;
});

afterEach(() => {
  room.close();
  opus.close();
});

function receive(payload: Buffer, change: { sequence?: number; payloadType?: number } = {}): void {
  sequence = change.sequence ?? (sequence + 1) & 0xffff;
  const timestamp = (sequence * 960) >>> 0;
  room.receive(
    {
      ssrc: 1,
      sequence,
      timestamp,
      marker: false,
      payloadType: change.payloadType ?? 120,
      extension: null,
      padding: 0,
      payload,
    },
    'bot',
    [],
    false,
  );
}

const loud = tone(440, 200);
const receiveLoud = (frames: number) => {
  for (let i = 0; i < frames; i++) receive(opus.encode(loud.subarray(i * 320, i * 320 + 320)));
};

describe('firstAudible', () => {
  it('is the first of three loud frames in a row', () => {
    receive(opus.encode(new Int16Array(320)));
    receiveLoud(5);
    const audible = room.firstAudible(0);
    expect(audible).toBe(room.frames(0).find(({ dbfs }) => dbfs >= -45)?.arrivedMs);
    expect(room.firstAudible(performance.now())).toBeNull();
  });

  it('is not two loud frames, nor three around a silence frame', () => {
    receiveLoud(2);
    expect(room.firstAudible(0)).toBeNull();
    receive(SILENCE_FRAME);
    receiveLoud(2);
    expect(room.frames(0).filter(({ dbfs }) => dbfs >= -45)).toHaveLength(4);
    expect(room.firstAudible(0)).toBeNull();
  });
});

it('nextAudible resolves when the third frame comes, and rejects when it does not', async () => {
  const heard = room.nextAudible(0, 1000);
  receiveLoud(3);
  expect(await heard).toBe(room.frames(0)[0]?.arrivedMs);
  await expect(room.nextAudible(performance.now(), 20)).rejects.toThrow(/did not happen within 20 ms/);
});

it('quiet resolves after the last loud frame, and rejects while sound goes on', async () => {
  receiveLoud(1);
  const loudMs = room.frames(0)[0]?.arrivedMs ?? 0;
  await room.quiet(40, 1000);
  expect(performance.now() - loudMs).toBeGreaterThan(37);
  receiveLoud(1);
  const beat = setInterval(() => receiveLoud(1), 10);
  await expect(room.quiet(40, 60)).rejects.toThrow(/not quiet for 40 ms within 60 ms/);
  clearInterval(beat);
});

it('counts packets before the bot says that it speaks', () => {
  receiveLoud(2);
  room.speaking(1);
  receiveLoud(1);
  expect(room.stats).toMatchObject({ packets: 3, unannounced: 2 });
});

it('counts gaps, silence frames, other payload types and garbage', () => {
  receiveLoud(8);
  expect(room.stats).toMatchObject({ packets: 8, sequenceGaps: 0 });
  receive(SILENCE_FRAME, { sequence: 9 });
  receive(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  receive(opus.encode(loud.subarray(0, 320)), { payloadType: 101 });
  expect(room.stats).toMatchObject({
    packets: 11,
    silenceFrames: 1,
    sequenceGaps: 1,
    undecodable: 1,
    otherPayloadTypes: 1,
  });
});

describe('a recording', () => {
  const frame = (value: number) => new Int16Array(320).fill(value);

  it('joins frames that jitter, and leaves silence where there was none', () => {
    const recording = new Recording();
    recording.add(1000, frame(1));
    recording.add(1027, frame(2));
    recording.add(1200, frame(3));
    const pcm = recording.render(990, 1230);
    expect(pcm).toHaveLength(3840);
    expect(pcm[159]).toBe(0);
    expect(pcm[160]).toBe(1);
    expect(pcm[480]).toBe(2);
    expect(pcm[800]).toBe(0);
    expect(pcm[3360]).toBe(3);
  });

  it('mixes without overflow and cuts at its edges', () => {
    const recording = new Recording();
    recording.add(0, frame(30_000));
    const target = recording.render(10, 20);
    expect(target).toEqual(new Int16Array(160).fill(30_000));
    recording.mixInto(target, 10);
    expect(target[0]).toBe(32_767);
  });
});
