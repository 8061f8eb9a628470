/** How loud a frame is, and the thresholds that "voiced" and "audible" are defined by. */

/** A frame quieter than this is never voiced and never audible. */
export const VOICED_DBFS = -45;
/** A voiced frame is at least this much louder than the speaker's own noise floor. */
export const VOICED_OVER_NOISE_DB = 10;
/** Sound counts as audible when it lasts at least this long. */
export const AUDIBLE_MIN_MS = 60;
/** The level of digital silence. */
export const SILENCE_DBFS = -120;

/** RMS level of `pcm` in dB relative to full scale; -120 for digital silence and for an empty frame. */
export function rmsDbfs(pcm: Int16Array, from = 0, to = pcm.length): number {
  return dbfsOf(sumOfSquares(pcm, from, to), to - from);
}

/** Silence is judged in pieces this long, so that a soft consonant at the start survives. */
const SOUND_PIECE_MS = 5;

/** The index from which `pcm` sounds, looked for from `from` on in pieces of 5 ms; -1 while all of it is silence. */
export function firstSound(pcm: Int16Array, rate: number, from = 0): number {
  const piece = (rate * SOUND_PIECE_MS) / 1000;
  for (let at = from; at < pcm.length; at += piece) {
    if (rmsDbfs(pcm, at, Math.min(pcm.length, at + piece)) >= VOICED_DBFS) return at;
  }
  return -1;
}

/** RMS level over a frame boundary: of the end of `before` from sample `at`, and the beginning of `after` up to `at`. */
export function rmsDbfsAcross(before: Int16Array, after: Int16Array, at: number): number {
  const sum = sumOfSquares(before, at, before.length) + sumOfSquares(after, 0, at);
  return dbfsOf(sum, before.length);
}

function sumOfSquares(pcm: Int16Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += pcm[i]! * pcm[i]!;
  return sum;
}

function dbfsOf(sum: number, samples: number): number {
  if (sum === 0) return SILENCE_DBFS;
  return Math.max(SILENCE_DBFS, 10 * Math.log10(sum / samples) - 20 * Math.log10(32_768));
}
