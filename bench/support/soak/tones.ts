/** The language of the soak's speakers: sixteen tones, each a word, told apart in single frames after codec and loss. */
import { rmsDbfs, VOICED_DBFS } from '../../../src/audio/energy.ts';
import { SAMPLE_RATE } from '../../../src/audio/pcm.ts';

/** How many tones there are. */
export const TONES = 16;
const LOWEST_HZ = 400;
/** Over 20 ms, tones at multiples of 50 Hz do not leak into each other. */
const STEP_HZ = 100;
/** Share of a frame's energy that its tone must hold: at a tone's edge, or while it is concealed, it may not. */
const MIN_SHARE = 0.5;

export const toneHz = (tone: number): number => LOWEST_HZ + tone * STEP_HZ;

const wordOf = (tone: number): string => `w${tone}`;

/** The tones that a transcript names. */
export function tonesIn(transcript: string): number[] {
  return [...transcript.matchAll(/\bw(\d+)\b/g)].map((match) => Number(match[1]));
}

/** The transcript of these tones. */
export const transcriptOf = (tones: readonly number[]): string => tones.map(wordOf).join(' ');

/** Which tone sounds in some 16 kHz PCM; null for silence and for anything else. */
export function toneIn(pcm: Int16Array): number | null {
  if (rmsDbfs(pcm) < VOICED_DBFS) return null;
  let energy = 0;
  for (const sample of pcm) energy += sample * sample;
  let best = { tone: 0, power: 0 };
  for (let tone = 0; tone < TONES; tone++) {
    const power = powerAt(pcm, toneHz(tone));
    if (power > best.power) best = { tone, power };
  }
  // A pure tone of n samples has the power n / 2 times its energy.
  return best.power >= (MIN_SHARE * energy * pcm.length) / 2 ? best.tone : null;
}

/** Goertzel's algorithm: the squared magnitude of one frequency. */
function powerAt(pcm: Int16Array, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE);
  let [last, before] = [0, 0];
  for (const sample of pcm) [last, before] = [sample + coefficient * last - before, last];
  return last * last + before * before - coefficient * last * before;
}
