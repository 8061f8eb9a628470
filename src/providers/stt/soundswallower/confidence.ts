/** How sure the decoder is of its words, and from where on they count as understood. */
import type { Segment } from 'soundswallower';

/**
 * Words of less confidence are taken for speech outside the grammar. Of 472 phrases (4 voices, Opus, noise at -70 to
 * -50 dBFS) the least had 0.66, and 0.63 with pauses inside; of 200 other sentences the most had 0.60
 * (`npm run bench -- stt`).
 */
export const MIN_CONFIDENCE = 0.62;
/** Puts the confidence of what the grammar holds around 0.75, and of other speech around 0.5. */
const SPREAD = 50;
const FRAMES_A_SECOND = 100;

/** Fillers are written `<sil>`, `[NOISE]`, `(NULL)`. */
const isWord = (segment: Segment): boolean => !/^[<[(]/.test(segment.t);

/**
 * 0 to 1; 0 when there are no words. The decoder tells of each word how far its sounds stayed behind the best sounds
 * of the whole language, summed over its frames. Here it is the mean a frame over all words, and half of that over the
 * worst pair of neighbours: one wrong word in a long phrase shows only there.
 */
export function confidenceOf(alignment: Segment): number {
  const words = (alignment.w ?? []).filter(isWord);
  if (words.length === 0) return 0;
  const pairs = words.length === 1 ? [words] : words.slice(1).map((word, i) => [words[i]!, word]);
  return Math.exp(SPREAD * (logPerFrame(words) + 0.5 * Math.min(...pairs.map(logPerFrame))));
}

function logPerFrame(words: readonly Segment[]): number {
  let log = 0;
  let frames = 0;
  for (const { p, d } of words) {
    // The decoder prints three decimals: a word printed as 0 is worth less than half of the last one.
    log += Math.log(Math.max(p, 0.0005));
    frames += Math.max(1, d * FRAMES_A_SECOND);
  }
  return log / frames;
}
