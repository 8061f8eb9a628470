/** Notices when people have to say the same again: the answer missed the point, or was not heard. */
import { normaliseText } from '../turn/normalise.ts';

interface Said {
  words: readonly string[];
  atMs: number;
}

/** Who asks the same half a minute later may simply want to know again. */
const SOON_MS = 30_000;
/** Less is a "yes" or a "stop", which bears repeating. */
const LEAST_WORDS = 2;
/** Of the words of both: 1 in 5 may be heard otherwise, or be "I said". */
const LEAST_ALIKE = 0.8;

export class Repeats {
  readonly #last = new Map<string, Said>();

  /**
   * @param text of a whole turn.
   * @param atMs on any one clock.
   * @returns whether the speaker's turn before was the same, and ended less than 30 s ago.
   */
  said(speakerId: string, text: string, atMs: number): boolean {
    const words = normaliseText(text).split(' ').filter(Boolean);
    const before = this.#last.get(speakerId);
    this.#last.set(speakerId, { words, atMs });
    if (!before || atMs - before.atMs > SOON_MS) return false;
    return (
      Math.min(words.length, before.words.length) >= LEAST_WORDS && alike(words, before.words) >= LEAST_ALIKE
    );
  }

  forget(speakerId: string): void {
    this.#last.delete(speakerId);
  }
}

/** Dice's coefficient of two bags of words: 1 when they hold the same, 0 when they share none. */
function alike(a: readonly string[], b: readonly string[]): number {
  const left = [...b];
  let shared = 0;
  for (const word of a) {
    const at = left.indexOf(word);
    if (at < 0) continue;
    left.splice(at, 1);
    shared += 1;
  }
  return (2 * shared) / (a.length + b.length);
}
