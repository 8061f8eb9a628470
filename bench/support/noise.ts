/** Room noise that can be repeated: the same seed gives the same samples. */
import { seededRandom } from '../../src/base/seeded-random.ts';

export type NoiseColour = 'white' | 'pink';

/** `samples` samples of noise with an RMS level of `dbfs` (dB relative to full scale). */
export function roomNoise(colour: NoiseColour, dbfs: number, samples: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const white = () => random() + random() + random() + random() - 2;
  const noise = new Float32Array(samples);
  if (colour === 'white') for (let i = 0; i < samples; i++) noise[i] = white();
  else pinkInto(noise, white);
  let power = 0;
  for (const sample of noise) power += sample * sample;
  const gain = (32_768 * 10 ** (dbfs / 20)) / Math.sqrt(power / Math.max(1, samples));
  return noise.map((sample) => sample * gain);
}

/** Three first-order filters in parallel approximate a fall of 3 dB an octave. */
function pinkInto(noise: Float32Array, white: () => number): void {
  let [slow, middle, fast] = [0, 0, 0];
  for (let i = 0; i < noise.length; i++) {
    const sample = white();
    slow = 0.997 * slow + 0.0299 * sample;
    middle = 0.963 * middle + 0.0969 * sample;
    fast = 0.57 * fast + 0.4 * sample;
    noise[i] = slow + middle + fast + 0.1 * sample;
  }
}
