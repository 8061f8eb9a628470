/** The tones of the soak are told apart after the codec, and nothing else is taken for one. */
import { expect, it } from 'vitest';
import { throughOpus } from '../../../bench/support/room.ts';
import { TONES, toneHz, toneIn, tonesIn, transcriptOf } from '../../../bench/support/soak/tones.ts';
import { FRAME_SAMPLES } from '../../../src/audio/pcm.ts';
import { seededRandom } from '../../support/random.ts';
import { silence, tone } from '../../support/tone.ts';

const all = Array.from({ length: TONES }, (_, i) => i);

it.each(all)('tone %i is heard in every whole frame', (number) => {
  const heard = throughOpus(tone(200, { hz: toneHz(number), amplitude: 0.14 }));
  // The first frame holds the codec's delay.
  for (let at = FRAME_SAMPLES; at < heard.length; at += FRAME_SAMPLES) {
    expect(toneIn(heard.subarray(at, at + FRAME_SAMPLES))).toBe(number);
  }
});

it('silence and noise are no tone', () => {
  const random = seededRandom(1);
  const noise = Int16Array.from({ length: FRAME_SAMPLES }, () => Math.round((random() * 2 - 1) * 8_000));
  expect(toneIn(silence(20))).toBeNull();
  expect(toneIn(noise)).toBeNull();
});

it('a transcript names what was heard', () => {
  expect(tonesIn(transcriptOf(all))).toEqual(all);
  expect(tonesIn('')).toEqual([]);
});
