/** The closed grammar: phrases as a tree of words with shared beginnings, each phrase an exit. */
import { ParleyError } from '../../../base/errors.ts';

export interface Arc {
  from: number;
  to: number;
  word: string;
}

export interface Grammar {
  /** States are numbered 0 (the start) to `states - 1`. */
  states: number;
  arcs: readonly Arc[];
  /** The states at which a phrase is complete. */
  exits: readonly number[];
  words: readonly string[];
  /** Whether `text` is a whole phrase. */
  isPhrase(text: string): boolean;
  /** Whether `text` is a whole phrase and no longer phrase begins with it. */
  isFinished(text: string): boolean;
}

/** Throws a ParleyError when there is no phrase at all. */
export function buildGrammar(phrases: readonly string[]): Grammar {
  const next: Map<string, number>[] = [new Map()];
  const arcs: Arc[] = [];
  const exits = new Set<number>();
  const words = new Set<string>();
  for (const phrase of phrases) {
    let state = 0;
    for (const word of phrase.split(' ')) {
      if (word === '') continue;
      words.add(word);
      let to = next[state]!.get(word);
      if (to === undefined) {
        to = next.length;
        next.push(new Map());
        next[state]!.set(word, to);
        arcs.push({ from: state, to, word });
      }
      state = to;
    }
    if (state !== 0) exits.add(state);
  }
  if (exits.size === 0) {
    throw new ParleyError('The embedded recogniser was given no phrases', {
      code: 'STT_NO_PHRASES',
      remedy: 'Give it at least one phrase to listen for.',
    });
  }
  const stateOf = (text: string): number | undefined => {
    let state: number | undefined = 0;
    for (const word of text.split(' ')) state = state === undefined ? undefined : next[state]!.get(word);
    return state;
  };
  return {
    states: next.length,
    arcs,
    exits: [...exits],
    words: [...words],
    isPhrase(text) {
      const state = stateOf(text);
      return state !== undefined && exits.has(state);
    },
    isFinished(text) {
      const state = stateOf(text);
      return state !== undefined && exits.has(state) && next[state]!.size === 0;
    },
  };
}
