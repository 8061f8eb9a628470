/** Which clauses were spoken, how long each is, and from what was played: which words were heard. */
import { samplesToMs } from '../audio/pcm.ts';
import type { Played } from './ports.ts';

interface Clause {
  text: string;
  samples: number;
  /** All its audio is there, so its length is known. */
  finished: boolean;
}

/** A clause whose audio is still coming is taken to be at least this long for each of its words: 170 a minute. */
const WORD_MS = 350;
/** Trimmed silence makes the played time a little shorter than the audio. */
const WHOLE_SHARE = 0.95;

export class ClauseLedger {
  readonly #rate: number;
  readonly #clauses: Clause[] = [];
  #played: Pick<Played, 'playedMs' | 'complete'> = { playedMs: 0, complete: false };

  /** @param rate of the voice's PCM, in Hz. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  add(text: string): void {
    this.#clauses.push({ text, samples: 0, finished: false });
  }

  /** @param last no more audio of this clause comes. */
  addAudio(clause: number, samples: number, last: boolean): void {
    const entry = this.#clauses[clause];
    if (!entry) return;
    entry.samples += samples;
    entry.finished ||= last;
  }

  played(played: Played): void {
    this.#played = played;
  }

  /** Whole clauses as far as they were played; of the one under way the share of words that its audio's share gives. */
  heard(): string {
    const heard: string[] = [];
    const { complete, playedMs } = this.#played;
    let leftMs = complete ? Number.POSITIVE_INFINITY : playedMs;
    for (const { text, samples, finished } of this.#clauses) {
      if (leftMs <= 0 || samples === 0) break;
      const words = text.split(/\s+/);
      const audioMs = samplesToMs(samples, this.#rate);
      const clauseMs = finished ? audioMs : Math.max(audioMs, words.length * WORD_MS);
      const share = Math.min(leftMs, audioMs) / clauseMs;
      heard.push(share > WHOLE_SHARE ? text : words.slice(0, Math.floor(words.length * share)).join(' '));
      leftMs -= audioMs;
    }
    return heard.filter(Boolean).join(' ');
  }
}
