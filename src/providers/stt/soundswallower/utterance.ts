/** One speaker's decoder: takes audio, tells the words so far, ends an utterance and begins the next. */
import type { Decoder } from 'soundswallower';
import { rmsDbfs, VOICED_DBFS } from '../../../audio/energy.ts';
import { SAMPLE_RATE } from '../../../audio/pcm.ts';
import { confidenceOf, MIN_CONFIDENCE } from './confidence.ts';
import type { Grammar } from './grammar.ts';

export interface Interim {
  text: string;
  finished: boolean;
}

export interface Final {
  text: string;
  understood: boolean;
  confidence: number;
}

/** The last word can end in this much quiet; what the audio lacks of it is added, which costs 7 ms of decoding. */
const CLOSING_QUIET_SAMPLES = (SAMPLE_RATE * 100) / 1000;
/** The longest phrase takes about 5 s; a longer utterance is forgotten, so that memory stays bounded. */
const MAX_UTTERANCE_SAMPLES = SAMPLE_RATE * 20;

export class UtteranceDecoder {
  readonly decoder: Decoder;
  readonly #grammar: Grammar;
  #samples = 0;
  /** At the end of what was heard so far. */
  #quietSamples = 0;
  #last: Interim = { text: '', finished: false };

  /** `decoder` must be ready and not started. */
  constructor(decoder: Decoder, grammar: Grammar) {
    this.decoder = decoder;
    this.#grammar = grammar;
    decoder.start();
  }

  /** Decodes more audio (16 kHz). Returns the words so far when they or their being finished changed, else null. */
  accept(pcm: Int16Array): Interim | null {
    if (this.#samples > MAX_UTTERANCE_SAMPLES) this.reset();
    this.#samples += pcm.length;
    this.#quietSamples = rmsDbfs(pcm) < VOICED_DBFS ? this.#quietSamples + pcm.length : 0;
    this.decoder.process_audio(Float32Array.from(pcm, (sample) => sample / 32_768));
    const text = this.decoder.get_text();
    const interim = { text, finished: this.#isFinished(text) };
    if (text === this.#last.text && interim.finished === this.#last.finished) return null;
    this.#last = interim;
    return interim;
  }

  /** Ends the utterance; the next one begins at once. */
  finish(): Final {
    const missing = CLOSING_QUIET_SAMPLES - this.#quietSamples;
    if (missing > 0) this.decoder.process_audio(new Float32Array(missing));
    this.decoder.stop();
    const text = this.decoder.get_text();
    const confidence = text === '' ? 0 : confidenceOf(this.decoder.get_alignment());
    const understood = confidence >= MIN_CONFIDENCE && this.#grammar.isPhrase(text);
    this.#begin();
    return { text, understood, confidence };
  }

  /** Forgets the utterance so far. */
  reset(): void {
    this.decoder.stop();
    this.#begin();
  }

  #begin(): void {
    this.#samples = 0;
    this.#quietSamples = 0;
    this.#last = { text: '', finished: false };
    this.decoder.start();
  }

  #isFinished(text: string): boolean {
    return this.#grammar.isFinished(text) && confidenceOf(this.decoder.get_alignment()) >= MIN_CONFIDENCE;
  }
}
