/**
 * Which audio belongs to which clause, and when its words are spoken. The service answers a context with one stream: it
 * does not tell where the audio of one flush ends. The characters it tells with the audio do, counted against the
 * clauses; where it tells none, a clause is taken to be as long as its text.
 */
import { samplesToMs } from '../../../audio/pcm.ts';
import type { TtsChunk, TtsWord } from '../tts.ts';
import type { Alignment } from './messages.ts';
import { SAMPLE_RATE_24K as RATE } from './options.ts';

/** Characters that the service may leave out of the text, or spell in its own way, before the count gives up on them. */
const SKIP = 3;
/** A character of English at 150 to 170 words a minute. */
const CHARACTER_MS = 65;
/** No audio for this long, when all characters were told: what is still to come belongs to the next clause. */
const TOLD_QUIET_MS = 120;
/** The same where no characters are told, so that a pause may still be a slow service. */
const UNTOLD_QUIET_MS = 400;

interface Clause {
  text: string;
  /** Its characters without spaces, in lower case; none when it holds no word. */
  expected: readonly string[];
  /** How many of them were spoken. */
  spoken: number;
  samples: number;
}

interface Word {
  text: string;
  startMs: number;
  endMs: number;
}

/** Nothing is asked for a clause that holds no word. */
export const hasWords = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

const visible = (text: string): string[] => [...text.toLowerCase().replace(/\s+/gu, '')];

export class ClauseTracker {
  readonly #clauses: Clause[] = [];
  #current = 0;
  /** The word whose end was not told yet. */
  #word: Word | null = null;
  #aligned = false;

  /** Returns the end of the clause when it holds no word and none is under way. */
  add(text: string): TtsChunk[] {
    this.#clauses.push({ text, expected: hasWords(text) ? visible(text) : [], spoken: 0, samples: 0 });
    return this.#skipWordless();
  }

  /** Clauses to be spoken whose end was not told, in order. */
  get unfinished(): readonly string[] {
    return this.#clauses.slice(this.#current).flatMap(({ text }) => (hasWords(text) ? [text] : []));
  }

  /** All characters of the clause under way were told. */
  get complete(): boolean {
    const clause = this.#clauses[this.#current];
    return clause !== undefined && clause.spoken >= clause.expected.length;
  }

  /** Some of a clause was told, but not all: it cannot be asked for anew. */
  get midClause(): boolean {
    return (this.#clauses[this.#current]?.samples ?? 0) > 0 && !this.complete;
  }

  /** Audio is still owed. */
  get waiting(): boolean {
    const left = this.#clauses.length - this.#current;
    return left > 1 || (left === 1 && !this.complete);
  }

  /** How long no audio may come before `finish` is called for the clause under way; null when it cannot end so. */
  get quietMs(): number | null {
    const clause = this.#clauses[this.#current];
    if (!clause || clause.samples === 0) return null;
    if (this.complete) return TOLD_QUIET_MS;
    return this.#aligned ? null : UNTOLD_QUIET_MS;
  }

  /** The audio of one message, cut where a clause ends. */
  accept(pcm: Int16Array, alignment: Alignment | null): TtsChunk[] {
    if (!alignment) return this.#acceptUntold(pcm);
    this.#aligned = true;
    const chunks: TtsChunk[] = [];
    let words: TtsWord[] = [];
    let from = 0;
    // From the beginning of this message's audio to the beginning of its clause's.
    let clauseStartMs = -this.#toldMs;
    for (const [i, char] of alignment.chars.entries()) {
      const startMs = alignment.startMs[i]!;
      if (char.trim() === '') {
        this.#endWord(words);
        continue;
      }
      if (this.#beginsNext(char)) {
        this.#endWord(words);
        const to = Math.min(pcm.length, Math.max(from, Math.round((startMs * RATE) / 1000)));
        chunks.push(...this.#end(pcm.subarray(from, to), words));
        words = [];
        from = to;
        clauseStartMs = samplesToMs(to, RATE);
      }
      this.#count(char);
      const endMs = startMs + alignment.durationMs[i]! - clauseStartMs;
      this.#word ??= { text: '', startMs: startMs - clauseStartMs, endMs };
      this.#word.text += char;
      this.#word.endMs = endMs;
    }
    if (this.complete) this.#endWord(words);
    const rest = pcm.subarray(from);
    if (rest.length > 0 || words.length > 0) chunks.push(...this.#emit(rest, false, words));
    return chunks;
  }

  /** The clause under way has all its audio: an empty chunk that says so. */
  finish(): TtsChunk[] {
    if (this.#current >= this.#clauses.length) return [];
    const words: TtsWord[] = [];
    this.#endWord(words);
    return this.#end(new Int16Array(0), words);
  }

  /** Nothing more comes: ends every clause. */
  finishAll(): TtsChunk[] {
    const chunks: TtsChunk[] = [];
    while (this.#current < this.#clauses.length) chunks.push(...this.finish());
    return chunks;
  }

  #acceptUntold(pcm: Int16Array): TtsChunk[] {
    const clause = this.#clauses[this.#current];
    const next = this.#current + 1 < this.#clauses.length;
    const enough = !this.#aligned && this.#toldMs >= (clause?.expected.length ?? 0) * CHARACTER_MS;
    const done = clause && clause.samples > 0 && next && (enough || this.complete);
    return [...(done ? this.finish() : []), ...this.#emit(pcm, false, [])];
  }

  /** Of the clause under way, in ms. */
  get #toldMs(): number {
    return samplesToMs(this.#clauses[this.#current]?.samples ?? 0, RATE);
  }

  /** Whether this character is of the next clause: the one under way is told, or nearly, and does not go on like that. */
  #beginsNext(char: string): boolean {
    const clause = this.#clauses[this.#current];
    const next = this.#clauses[this.#current + 1];
    if (!clause || !next) return false;
    const left = clause.expected.length - clause.spoken;
    if (left === 0) return true;
    return left <= SKIP && this.#find(clause, char) < 0 && this.#find(next, char) >= 0;
  }

  #count(char: string): void {
    const clause = this.#clauses[this.#current];
    if (!clause) return;
    const at = this.#find(clause, char);
    // A character that is not of the text was put in by the service.
    if (at >= 0) clause.spoken = at + 1;
  }

  #find({ expected, spoken }: Clause, char: string): number {
    const at = expected.slice(spoken, spoken + SKIP).indexOf(char.toLowerCase());
    return at < 0 ? -1 : spoken + at;
  }

  #endWord(words: TtsWord[]): void {
    if (this.#word) words.push(this.#word);
    this.#word = null;
  }

  #end(pcm: Int16Array, words: TtsWord[]): TtsChunk[] {
    const chunks = this.#emit(pcm, true, words);
    this.#current++;
    return [...chunks, ...this.#skipWordless()];
  }

  #skipWordless(): TtsChunk[] {
    const chunks: TtsChunk[] = [];
    while (this.#clauses[this.#current]?.expected.length === 0) {
      chunks.push(...this.#emit(new Int16Array(0), true, []));
      this.#current++;
    }
    return chunks;
  }

  #emit(pcm: Int16Array, last: boolean, words: TtsWord[]): TtsChunk[] {
    // Audio behind the last clause is a tail of it: the ends of all clauses were already told.
    const index = Math.min(this.#current, this.#clauses.length - 1);
    const clause = this.#clauses[index];
    if (!clause) return [];
    clause.samples += pcm.length;
    return [{ pcm, clause: index, last, ...(words.length > 0 && { words }) }];
  }
}
