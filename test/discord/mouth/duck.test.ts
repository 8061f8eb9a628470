/** Duck, and how a pause sounds: to the sample, and as a listener decodes it. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rmsDbfs } from '../../../src/audio/energy.ts';
import { createOpusDecoder, createOpusEncoder } from '../../../src/audio/opus.ts';
import { concatPcm, FRAME_SAMPLES } from '../../../src/audio/pcm.ts';
import { DiscordMouth } from '../../../src/discord/mouth/mouth.ts';
import { silence, tone } from '../../support/tone.ts';
import { MouthRig } from './mouth-rig.ts';

let rig: MouthRig;
beforeEach(() => {
  rig = new MouthRig();
});

/** The largest step from one sample to the next. */
function largestStep(pcm: Int16Array, from = 1): number {
  let step = 0;
  for (let i = from; i < pcm.length; i++) step = Math.max(step, Math.abs(pcm[i]! - pcm[i - 1]!));
  return step;
}

describe('duck', () => {
  /** No change of level falls upon a zero crossing. */
  const HZ = 443;
  const TONE_STEP = 2 * Math.PI * (HZ / 16_000);
  const AMPLITUDE = 0.3 * 32_767;
  /** The steepest the tone itself gets, and the steepest ramp (0 to 1 in 5 ms) at its peak. */
  const MAX_STEP = AMPLITUDE * TONE_STEP + AMPLITUDE / 80 + 2;

  it('lowers the voice by 12 dB within a frame, and back, without a step', async () => {
    const { speech } = rig.say(tone(1_000, { hz: HZ }));
    await rig.clock.advance(190);
    speech.duck();
    await rig.clock.advance(400);
    speech.unduck();
    await rig.clock.advance(1_000);
    const levels = rig.frames.map(({ pcm }) => rmsDbfs(pcm));
    expect(levels).toHaveLength(50);
    const [loud, ducked] = [levels[0]!, levels[20]!];
    expect(loud - ducked).toBeGreaterThan(11);
    expect(loud - ducked).toBeLessThan(13);
    for (const [i, level] of levels.entries()) {
      if (i === 10 || i === 30) continue;
      expect(level).toBeCloseTo(i > 10 && i < 30 ? ducked : loud, 0);
    }
    expect(largestStep(concatPcm(rig.frames.map(({ pcm }) => pcm)))).toBeLessThanOrEqual(MAX_STEP);
  });

  it('is heard as 12 dB through the codec', async () => {
    const encoder = createOpusEncoder(16_000);
    const decoder = createOpusDecoder(16_000);
    const levelOf = (pcm: Int16Array) => {
      const frames = Array.from({ length: 20 }, (_, i) =>
        pcm.subarray(i * FRAME_SAMPLES, (i + 1) * FRAME_SAMPLES),
      );
      const heard = concatPcm(frames.map((frame) => decoder.decode(encoder.encode(frame))));
      return rmsDbfs(heard, 5 * FRAME_SAMPLES);
    };
    const { speech } = rig.say(tone(840));
    speech.duck();
    await rig.clock.advance(1_000);
    const ducked = concatPcm(rig.frames.slice(2, 22).map(({ pcm }) => pcm));
    const difference = levelOf(tone(400, { hz: HZ })) - levelOf(ducked);
    encoder.close();
    decoder.close();
    expect(difference).toBeGreaterThan(11);
    expect(difference).toBeLessThan(13);
  });

  it('ends with a pause, after which the voice fades in from silence at its full level', async () => {
    const { speech } = rig.say(tone(400, { hz: HZ }));
    await rig.clock.advance(30);
    speech.duck();
    await rig.clock.advance(40);
    speech.pause();
    await rig.clock.advance(300);
    speech.resume();
    await rig.clock.advance(1_000);
    const [before, after] = [rig.frames.slice(0, 4), rig.frames.slice(4)].map((frames) =>
      concatPcm(frames.map(({ pcm }) => pcm)),
    );
    const original = tone(400, { hz: HZ });
    expect(after!.subarray(80)).toEqual(original.subarray(4 * FRAME_SAMPLES + 80));
    expect(largestStep(concatPcm([silence(20), after!]))).toBeLessThanOrEqual(MAX_STEP);
    expect(largestStep(before!)).toBeLessThanOrEqual(MAX_STEP);
  });

  it('during a pause holds when the speech goes on', async () => {
    const { speech } = rig.say(tone(400, { hz: HZ }));
    await rig.clock.advance(30);
    speech.pause();
    speech.duck();
    await rig.clock.advance(200);
    speech.resume();
    await rig.clock.advance(1_000);
    const difference = rmsDbfs(rig.frames[0]!.pcm) - rmsDbfs(rig.frames[5]!.pcm);
    expect(difference).toBeCloseTo(12, 0);
  });

  it('fades in behind a hole of the voice as well', async () => {
    const { speech } = rig.begin();
    const pcm = tone(400, { hz: HZ });
    speech.write(pcm.subarray(0, 650));
    await rig.clock.advance(300);
    speech.write(pcm.subarray(650));
    speech.end();
    await rig.clock.advance(1_000);
    const after = concatPcm([silence(20), ...rig.frames.slice(2).map((frame) => frame.pcm)]);
    expect(largestStep(after)).toBeLessThanOrEqual(MAX_STEP);
  });
});

describe('the room', () => {
  /** What a listener decodes of all that leaves, 20 ms a packet. */
  let heard: Int16Array[];
  let mouth: DiscordMouth;
  const decoder = createOpusDecoder(16_000);
  afterAll(() => decoder.close());

  beforeEach(() => {
    heard = [];
    mouth = new DiscordMouth(rig.clock, {
      ready: () => true,
      send: (packet) => heard.push(decoder.decode(packet).slice()),
      setSpeaking() {},
    });
  });
  afterEach(() => mouth.close());

  const sayAloud = (pcm: Int16Array) => {
    const speech = mouth.begin(16_000, { onFirstFrame() {}, onFirstAudible() {}, onDone() {} });
    speech.write(pcm);
    speech.end();
    return speech;
  };

  it.each([200, 440, 1_000])('hears no click where %i Hz pause and go on, and no hole behind', async (hz) => {
    const speech = sayAloud(tone(1_000, { hz }));
    await rig.clock.advance(410);
    speech.pause();
    await rig.clock.advance(300);
    speech.resume();
    await rig.clock.advance(1_000);
    const steady = concatPcm(heard.slice(10, 20));
    // The codec needs a moment for its very first sound.
    expect(largestStep(concatPcm(heard.slice(10)))).toBeLessThanOrEqual(1.5 * largestStep(steady));
    const behind = heard.slice(27, 40).map((pcm) => rmsDbfs(pcm));
    expect(Math.min(...behind)).toBeGreaterThan(rmsDbfs(steady) - 1);
  });

  it('hears the next answer from its first frame, though the one before was stopped in the middle of a word', async () => {
    const first = sayAloud(tone(1_000));
    await rig.clock.advance(410);
    first.stop();
    await rig.clock.advance(500);
    heard.length = 0;
    sayAloud(tone(400));
    await rig.clock.advance(300);
    expect(rmsDbfs(heard[0]!)).toBeGreaterThan(rmsDbfs(heard[10]!) - 4);
    expect(rmsDbfs(heard[1]!)).toBeCloseTo(rmsDbfs(heard[10]!), 0);
  });
});
