/** Pause, resume and stop, to the frame. */
import { beforeEach, describe, expect, it } from 'vitest';
import { concatPcm, FRAME_SAMPLES } from '../../../src/audio/pcm.ts';
import { seededRandom } from '../../support/random.ts';
import { isFrameOf, MouthRig, marker } from './mouth-rig.ts';

let rig: MouthRig;
beforeEach(() => {
  rig = new MouthRig();
});

/** Ten frames that cannot be taken for one another. */
const tenFrames = marker(10 * FRAME_SAMPLES, seededRandom(1));

function expectFramesOf(pcm: Int16Array, count: number): void {
  expect(rig.frames).toHaveLength(count);
  const right = rig.frames.filter((frame, i) => isFrameOf(frame.pcm, pcm, i * FRAME_SAMPLES));
  expect(right).toHaveLength(count);
}

describe('pause', () => {
  it('lets no frame leave but five of silence, lowers the speaking flag, and goes on with the next frame', async () => {
    const { speech, told } = rig.say(tenFrames);
    await rig.clock.advance(70);
    speech.pause();
    await rig.clock.advance(500);
    expect(rig.outline).toBe('4f 5s -');
    speech.resume();
    await rig.clock.advance(1_000);
    expect(rig.outline).toBe('4f 5s - 6f 5s -');
    expectFramesOf(tenFrames, 10);
    const resumedMs = 1_570;
    expect(rig.frames.slice(4).map(({ atMs }) => atMs)).toEqual(
      [0, 20, 40, 60, 80, 100].map((ms) => resumedMs + ms),
    );
    expect(told).toEqual({
      firstFrameMs: [1_000],
      audibleMs: [1_000],
      done: [{ atMs: resumedMs + 120, played: { playedMs: 200, trimmedMs: 0, complete: true } }],
    });
    expect(rig.clock.pending).toBe(0);
  });

  it('that ends before the next frame is due changes nothing at all', async () => {
    const { speech } = rig.say(tenFrames);
    await rig.clock.advance(65);
    speech.pause();
    await rig.clock.advance(10);
    speech.resume();
    await rig.clock.advance(1_000);
    expect(rig.outline).toBe('10f 5s -');
    expect(concatPcm(rig.frames.map(({ pcm }) => pcm))).toEqual(tenFrames);
    expect(rig.frames.map(({ atMs }) => atMs)).toEqual(rig.frames.map((_, i) => 1_000 + i * 20));
  });

  it('that ends among its silence frames is followed 20 ms after the last of them', async () => {
    const { speech } = rig.say(tenFrames);
    await rig.clock.advance(65);
    speech.pause();
    await rig.clock.advance(50);
    speech.resume();
    await rig.clock.advance(1_000);
    expect(rig.outline).toBe('4f 2s 6f 5s -');
    expectFramesOf(tenFrames, 10);
    expect(rig.packetTimesMs.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, i) => 1_000 + i * 20));
  });

  it('before the first frame holds that back, and the first audible frame is the first that leaves', async () => {
    const { speech, told } = rig.begin();
    speech.pause();
    speech.write(tenFrames);
    speech.end();
    await rig.clock.advance(300);
    expect(rig.sent).toEqual([]);
    speech.resume();
    await rig.clock.advance(1_000);
    expect(concatPcm(rig.frames.map(({ pcm }) => pcm))).toEqual(tenFrames);
    expect(told).toMatchObject({ firstFrameMs: [1_300], audibleMs: [1_300] });
  });

  it('within the first 60 ms of sound: audible is what the room hears, the sound behind the pause', async () => {
    const { speech, told } = rig.say(tenFrames);
    await rig.clock.advance(30);
    speech.pause();
    await rig.clock.advance(200);
    speech.resume();
    await rig.clock.advance(1_000);
    expect(told).toMatchObject({ firstFrameMs: [1_000], audibleMs: [1_230] });
  });

  it('after the last frame is none: the speech is done', async () => {
    const { speech, told } = rig.say(tenFrames);
    await rig.clock.advance(195);
    expect(rig.frames).toHaveLength(10);
    speech.pause();
    await rig.clock.advance(500);
    expect(told.done).toEqual([{ atMs: 1_200, played: { playedMs: 200, trimmedMs: 0, complete: true } }]);
    speech.resume();
    await rig.clock.advance(500);
    expect(rig.outline).toBe('10f 5s -');
    expect(rig.clock.pending).toBe(0);
  });

  it('does not keep the voice from being written and ended', async () => {
    const { speech, told } = rig.begin();
    speech.write(tenFrames.subarray(0, 1_000));
    await rig.clock.advance(30);
    speech.pause();
    speech.write(tenFrames.subarray(1_000, 3_000));
    await rig.clock.advance(200);
    speech.write(tenFrames.subarray(3_000, 3_100));
    speech.end();
    await rig.clock.advance(200);
    expect(rig.outline).toBe('2f 5s -');
    speech.resume();
    await rig.clock.advance(1_000);
    expect(rig.outline).toBe('2f 5s - 8f 5s -');
    expectFramesOf(tenFrames.subarray(0, 3_100), 10);
    expect(told.done[0]?.played).toMatchObject({ playedMs: 200, complete: true });
  });

  it('while the voice is late, too: the flag goes down, and up with the next frame', async () => {
    const { speech } = rig.begin();
    speech.write(tenFrames.subarray(0, 640));
    await rig.clock.advance(300);
    expect(rig.outline).toBe('2f 5s');
    speech.pause();
    expect(rig.outline).toBe('2f 5s -');
    speech.resume();
    speech.write(tenFrames.subarray(640));
    speech.end();
    await rig.clock.advance(1_000);
    expect(rig.outline).toBe('2f 5s - 8f 5s -');
    expectFramesOf(tenFrames, 10);
  });

  it('ends with its speech when the connection is lost for 3 s', async () => {
    const { speech, told } = rig.say(tenFrames);
    await rig.clock.advance(30);
    speech.pause();
    await rig.clock.advance(1_000);
    rig.connected = false;
    await rig.clock.advance(2_900);
    expect(told.done).toEqual([]);
    await rig.clock.advance(200);
    expect(told.done[0]?.played).toEqual({ playedMs: 40, trimmedMs: 0, complete: false });
    rig.connected = true;
    speech.resume();
    await rig.clock.advance(1_000);
    expect(rig.frames).toHaveLength(2);
    expect(rig.clock.pending).toBe(0);
  });

  it('survives a short loss of the connection', async () => {
    const { speech } = rig.say(tenFrames);
    await rig.clock.advance(30);
    rig.connected = false;
    speech.pause();
    await rig.clock.advance(2_000);
    rig.connected = true;
    await rig.clock.advance(2_000);
    speech.resume();
    await rig.clock.advance(1_000);
    expectFramesOf(tenFrames, 10);
  });

  it('makes no burst of what was late before it, and keeps 20 ms from the packet before', async () => {
    const { speech } = rig.say(marker(50 * FRAME_SAMPLES, seededRandom(2)));
    rig.lateMs = 15;
    await rig.clock.advance(100);
    rig.lateMs = 0;
    const lastMs = rig.packetTimesMs.at(-1)!;
    speech.pause();
    speech.resume();
    await rig.clock.advance(200);
    const after = rig.packetTimesMs.filter((atMs) => atMs > lastMs);
    expect(after.slice(0, 5)).toEqual([1, 2, 3, 4, 5].map((i) => lastMs + i * 20));
  });

  it('may be asked for, and ended, from within a frame that is late', async () => {
    const pcm = marker(20 * FRAME_SAMPLES, seededRandom(3));
    let frames = 0;
    const onProgress = () => {
      frames += 1;
      if (frames !== 3) return;
      rig.lateMs = 0;
      speech.pause();
      speech.resume();
    };
    const speech = rig.mouth.begin(16_000, {
      onFirstFrame() {},
      onFirstAudible() {},
      onDone() {},
      onProgress,
    });
    rig.lateMs = 15;
    speech.write(pcm);
    speech.end();
    await rig.clock.advance(1_000);
    const [, , third, fourth] = rig.packetTimesMs;
    expect(fourth! - third!).toBe(20);
    expectFramesOf(pcm, 20);
  });
});

describe('stop', () => {
  it.each(['pause', 'duck'] as const)('after %s is final', async (before) => {
    const { speech, told } = rig.say(tenFrames);
    await rig.clock.advance(70);
    speech[before]();
    await rig.clock.advance(50);
    const frames = rig.frames.length;
    expect(speech.stop()).toEqual({ playedMs: frames * 20, trimmedMs: 0, complete: false });
    speech.resume();
    speech.unduck();
    speech.write(tenFrames);
    speech.end();
    await rig.clock.advance(1_000);
    expect(rig.frames).toHaveLength(frames);
    expect(rig.outline).toBe(`${frames}f 5s -`);
    expect(told.done).toEqual([]);
    expect(rig.clock.pending).toBe(0);
  });

  it('is what another speech does to a paused one', async () => {
    const { speech, told } = rig.say(tenFrames);
    await rig.clock.advance(70);
    speech.pause();
    await rig.clock.advance(500);
    rig.say(tenFrames.subarray(0, 640));
    speech.resume();
    await rig.clock.advance(1_000);
    expect(told.done).toEqual([{ atMs: 1_570, played: { playedMs: 80, trimmedMs: 0, complete: false } }]);
    expect(rig.outline).toBe('4f 5s - 2f 5s -');
  });
});
