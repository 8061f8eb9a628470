/** How sure the decoder is of its words, and from where on they count as understood. */
import type { Segment } from 'soundswallower';

/** Words below this mean probability are taken for speech outside the grammar. */
export const MIN_CONFIDENCE = 0.93;

/** Fillers are written `<sil>`, `[NOISE]`, `(NULL)`. */
const isWord = (segment: Segment): boolean => !/^[<[(]/.test(segment.t);

/** The geometric mean of the words' probabilities, 0 to 1; 0 when there are no words. */
export function confidenceOf(alignment: Segment): number {
  const words = (alignment.w ?? []).filter(isWord);
  if (words.length === 0) return 0;
  const sum = words.reduce((total, { p }) => total + Math.log(Math.max(p, 1e-9)), 0);
  return Math.exp(sum / words.length);
}
