/** One speaker's recogniser: words as they are spoken in; interims and finals, late or wrong as drawn, out. */
import type { TurnEvent } from '../turn/types.ts';
import type { DrawFor, Draws, FinalDraw, InterimDraw } from './draws.ts';
import type { Schedule } from './schedule.ts';

/** A final transcript that was told, and what had really been said of it. */
export interface ToldFinal {
  speakerId: string;
  atMs: number;
  text: string;
  said: string;
}

export interface RecogniserOptions {
  speakerId: string;
  schedule: Schedule;
  draws: Draws;
  /** The utterance under way, for the draws. */
  utterance(): number;
  tell(event: TurnEvent): void;
  onFinal(told: ToldFinal): void;
}

export class Recogniser {
  readonly #options: RecogniserOptions;
  readonly #words: string[] = [];
  /** Words before this one were told in a final. */
  #finalised = 0;
  /** Words before this one were asked for. */
  #committed = 0;
  /** Finals come in the order of their commits. */
  #lastFinalMs = 0;
  /** Commits of an earlier life are never answered. */
  #life = 0;
  #commits = 0;
  #nthCommit = 0;
  #commitsIn = -1;

  constructor(options: RecogniserOptions) {
    this.#options = options;
  }

  /** A word ends now, the `nth` of its utterance. */
  hear(word: string, of: DrawFor): void {
    const { schedule, draws } = this.#options;
    const index = this.#words.push(word) - 1;
    const life = this.#life;
    const from = this.#finalised;
    for (const draw of draws.interims(of, word)) {
      schedule.at(schedule.nowMs + draw.delayMs, () => {
        if (life === this.#life) this.#tellInterim(from, index, draw);
      });
    }
  }

  commit(): void {
    const { schedule, draws, speakerId, utterance } = this.#options;
    const from = this.#committed;
    this.#committed = this.#words.length;
    const to = this.#committed;
    const said = this.#words.slice(from, to).join(' ');
    const life = this.#life;
    const commit = ++this.#commits;
    const of = { speakerId, utterance: utterance(), nth: this.#nth(utterance()) };
    for (const [i, draw] of draws.finals(of, said).entries()) {
      this.#lastFinalMs = Math.max(this.#lastFinalMs, schedule.nowMs + draw.delayMs);
      schedule.at(this.#lastFinalMs, () => {
        // By its commit's number the ear tells a final that is repeated from the next one.
        const repeated = i > 0 && commit !== this.#commits;
        if (life === this.#life && !repeated) this.#tellFinal(said, to, draw);
      });
    }
  }

  /** Forgets what was said: nothing more is told of it. */
  reset(): void {
    this.#life += 1;
    this.#finalised = this.#words.length;
    this.#committed = this.#words.length;
  }

  #nth(utterance: number): number {
    this.#nthCommit = this.#commitsIn === utterance ? this.#nthCommit + 1 : 0;
    this.#commitsIn = utterance;
    return this.#nthCommit;
  }

  #tellInterim(from: number, index: number, { alter, stale, completeness }: InterimDraw): void {
    const { schedule, speakerId, tell } = this.#options;
    if (index < this.#finalised && !stale) return;
    const words = this.#words.slice(stale ? from : this.#finalised, index + 1).join(' ');
    const text = alter ? alter(words) : words;
    tell({ type: 'interim', speakerId, atMs: schedule.nowMs, text, ...(completeness && { completeness }) });
  }

  #tellFinal(said: string, to: number, { alter, completeness, failed }: FinalDraw): void {
    const { schedule, speakerId, tell, onFinal } = this.#options;
    const atMs = schedule.nowMs;
    if (failed !== undefined) {
      this.reset();
      return tell({ type: 'recogniserFailed', speakerId, atMs, code: failed });
    }
    this.#finalised = Math.max(this.#finalised, to);
    const text = alter ? alter(said) : said;
    onFinal({ speakerId, atMs, text, said });
    tell({ type: 'final', speakerId, atMs, text, ...(completeness && { completeness }) });
  }
}
