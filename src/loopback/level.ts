/** How loud a frame is, and this side's own reading of "voiced" and "audible". */

export const SAMPLE_RATE = 16_000;
export const FRAME_MS = 20;
export const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1000;
/** A frame below this is neither voiced nor audible. */
export const LOUD_DBFS = -45;
/** A voiced frame is this much above its speaker's noise floor. */
const OVER_NOISE_DB = 10;
/** Sound is audible when so many loud frames follow each other: 60 ms. */
export const AUDIBLE_FRAMES = 3;
const DIGITAL_SILENCE_DBFS = -120;

/** RMS level of a frame in dB relative to full scale. */
export function levelDbfs(pcm: Int16Array): number {
  let energy = 0;
  for (const sample of pcm) energy += (sample / 32_768) ** 2;
  return energy === 0 ? DIGITAL_SILENCE_DBFS : 10 * Math.log10(energy / pcm.length);
}

export const isVoiced = (pcm: Int16Array, noiseFloorDbfs: number): boolean =>
  levelDbfs(pcm) >= Math.max(LOUD_DBFS, noiseFloorDbfs + OVER_NOISE_DB);
