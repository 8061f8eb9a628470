/** Which clauses were spoken, how long each is, and from what was played: which words were heard. */
import { samplesToMs } from '../audio/pcm.ts';

interface Clause {
  text: string;
  samples: number;
}

export class ClauseLedger {
  readonly #rate: number;
  readonly #clauses: Clause[] = [];
  #playedMs = 0;

  /** @param rate of the voice's PCM, in Hz. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  get text(): string {
    return this.#clauses.map((clause) => clause.text).join(' ');
  }

  add(text: string): void {
    this.#clauses.push({ text, samples: 0 });
  }

  addAudio(clause: number, samples: number): void {
    const entry = this.#clauses[clause];
    if (entry) entry.samples += samples;
  }

  played(ms: number): void {
    this.#playedMs = ms;
  }

  /** Whole clauses as far as they were played; of the one under way the share of words that its audio's share gives. */
  heard(): string {
    const heard: string[] = [];
    let leftMs = this.#playedMs;
    for (const { text, samples } of this.#clauses) {
      const clauseMs = samplesToMs(samples, this.#rate);
      if (leftMs <= 0 || clauseMs === 0) break;
      // Trimmed silence makes the played time a little shorter than the clause's audio.
      const share = Math.min(1, leftMs / clauseMs);
      const words = text.split(/\s+/);
      heard.push(share > 0.95 ? text : words.slice(0, Math.floor(words.length * share)).join(' '));
      leftMs -= clauseMs;
    }
    return heard.filter(Boolean).join(' ');
  }
}
