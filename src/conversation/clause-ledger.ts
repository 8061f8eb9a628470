/** Which clauses were spoken, how long each is, and from what was played: which words were heard. */
import { samplesToMs } from '../audio/pcm.ts';
import type { TtsWord } from '../providers/tts/tts.ts';
import type { Played } from './ports.ts';

interface Clause {
  text: string;
  samples: number;
  /** All its audio is there, so its length is known. */
  finished: boolean;
  /** Empty when the voice gives no timings. */
  words: TtsWord[];
}

export interface Heard {
  text: string;
  /** Where the text breaks off was inferred from the share of the audio: the voice gave no timings. */
  estimated: boolean;
}

/** A clause whose audio is still coming is taken to be at least this long for each of its words: 170 a minute. */
const WORD_MS = 350;
/** A clause played this far was heard: what remains is the silence behind it. */
const WHOLE_SHARE = 0.95;

export class ClauseLedger {
  readonly #rate: number;
  readonly #clauses: Clause[] = [];
  #played: Played = { playedMs: 0, trimmedMs: 0, complete: false };

  /** @param rate of the voice's PCM, in Hz. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  add(text: string): void {
    this.#clauses.push({ text, samples: 0, finished: false, words: [] });
  }

  /**
   * @param last no more audio of this clause comes.
   * @param words of this clause that were not told before.
   */
  addAudio(clause: number, samples: number, last: boolean, words: readonly TtsWord[] = []): void {
    const entry = this.#clauses[clause];
    if (!entry) return;
    entry.samples += samples;
    entry.finished ||= last;
    entry.words.push(...words);
  }

  played(played: Played): void {
    this.#played = played;
  }

  /** Whole clauses as far as they were played; of the one under way the words that were played to their end. */
  heard(): Heard {
    const heard: string[] = [];
    let estimated = false;
    const { complete, playedMs, trimmedMs } = this.#played;
    const reachedMs = playedMs === 0 ? 0 : trimmedMs + playedMs;
    let leftMs = complete ? Number.POSITIVE_INFINITY : reachedMs;
    for (const clause of this.#clauses) {
      if (leftMs <= 0 || clause.samples === 0) break;
      const audioMs = samplesToMs(clause.samples, this.#rate);
      const part = heardOf(clause, Math.min(leftMs, audioMs), audioMs);
      heard.push(part.text);
      estimated ||= part.estimated;
      leftMs -= audioMs;
    }
    return { text: heard.filter(Boolean).join(' '), estimated };
  }
}

function heardOf({ text, finished, words }: Clause, heardMs: number, audioMs: number): Heard {
  if (finished && heardMs >= audioMs) return { text, estimated: false };
  if (words.length > 0) {
    const spoken = words.filter(({ endMs }) => endMs <= heardMs);
    return { text: throughWords(text, spoken), estimated: false };
  }
  const written = text.split(/\s+/);
  const clauseMs = finished ? audioMs : Math.max(audioMs, written.length * WORD_MS);
  const share = heardMs / clauseMs;
  const count = Math.floor(written.length * share);
  return { text: share > WHOLE_SHARE ? text : written.slice(0, count).join(' '), estimated: true };
}

/**
 * `text` up to the last of `words`, with the punctuation behind it. A word that the voice spells in its own way
 * ("twelve" for "12") is passed over: the next one found takes it along.
 */
function throughWords(text: string, words: readonly TtsWord[]): string {
  let end = 0;
  for (const word of words) {
    const at = text.indexOf(word.text.trim(), end);
    if (at >= 0) end = at + word.text.trim().length;
  }
  const punctuation = /^\p{P}*/u.exec(text.slice(end))?.[0] ?? '';
  return end === 0 ? '' : text.slice(0, end) + punctuation;
}
