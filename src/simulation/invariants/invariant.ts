/** A rule that no conversation may break. */
import type { Talk } from '../random-talk.ts';

export interface Invariant {
  name: string;
  /** What it means to people. */
  meaning: string;
  /** What breaks it in this conversation, in plain words with instants; none when it holds. */
  check(talk: Talk): readonly string[];
}

/** Instants are sums: equal ones differ by less than this. */
export const EXACT_MS = 1e-6;
