/** A recogniser whose words are the tones that it hears, so that a test knows whose sound came under whose name. */
import { toneIn, transcriptOf } from '../../bench/support/soak/tones.ts';
import type { Recogniser, SpeechToText, SttEvent } from '../../src/providers/stt/stt.ts';

export interface ToneEar extends SpeechToText {
  /** Recognisers that are open now, and the most that ever were at once. */
  readonly open: number;
  readonly most: number;
}

/** Frames in which a tone must sound to be a word. */
const MIN_FRAMES = 3;

/** @param words what is said of the tones; their transcript unless given. */
export function toneEar(words: (tones: readonly number[]) => string = transcriptOf): ToneEar {
  let [open, most] = [0, 0];
  const openRecogniser = (listener: (event: SttEvent) => void): Recogniser => {
    open += 1;
    most = Math.max(most, open);
    let frames = new Map<number, number>();
    let [commits, closed] = [0, false];
    const emit = (event: SttEvent) => {
      queueMicrotask(() => {
        if (!closed) listener(event);
      });
    };
    const text = () => {
      const heard = [...frames].filter(([, count]) => count >= MIN_FRAMES).map(([tone]) => tone);
      return heard.length > 0 ? words(heard.sort((a, b) => a - b)) : '';
    };
    return {
      write(pcm) {
        const tone = toneIn(pcm);
        if (tone === null) return;
        const count = (frames.get(tone) ?? 0) + 1;
        frames.set(tone, count);
        if (count === MIN_FRAMES) emit({ type: 'interim', text: text(), finished: true });
      },
      commit() {
        commits += 1;
        const said = text();
        emit({ type: 'final', commitId: commits, text: said, understood: said !== '' });
        frames = new Map();
        return commits;
      },
      reset() {
        frames = new Map();
      },
      close() {
        if (!closed) open -= 1;
        closed = true;
      },
    };
  };
  return {
    ...{ name: 'tone-ear', place: 'a test', earlyCommit: false },
    get open() {
      return open;
    },
    get most() {
      return most;
    },
    connect: async () => ({
      warm() {},
      openRecogniser: (_, listener) => openRecogniser(listener),
      close: async () => {},
    }),
  };
}
