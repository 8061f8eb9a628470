/** A recogniser in the test's own thread, so that what it knows can be followed as it hears. */
import type { Decoder } from 'soundswallower';
import { FRAME_SAMPLES, samplesToMs } from '../../../src/audio/pcm.ts';
import { loadEngine } from '../../../src/providers/stt/soundswallower/engine.ts';
import { buildGrammar } from '../../../src/providers/stt/soundswallower/grammar.ts';
import {
  type Final,
  type Interim,
  UtteranceDecoder,
} from '../../../src/providers/stt/soundswallower/utterance.ts';

export interface Heard extends Final {
  /** What was known after each 40 ms. */
  known: readonly (Interim & { atMs: number })[];
}

const STEP = 2 * FRAME_SAMPLES;

export class Ear {
  readonly #grammar: ReturnType<typeof buildGrammar>;
  readonly #decoder: Decoder;

  private constructor(grammar: ReturnType<typeof buildGrammar>, decoder: Decoder) {
    this.#grammar = grammar;
    this.#decoder = decoder;
  }

  static async for(phrases: readonly string[]): Promise<Ear> {
    const grammar = buildGrammar(phrases);
    return new Ear(grammar, await (await loadEngine(grammar)).makeDecoder());
  }

  /** Hears `pcm` as the first words of a new speaker. */
  async hear(pcm: Int16Array): Promise<Heard> {
    await this.#decoder.reinitialize_audio();
    const utterance = new UtteranceDecoder(this.#decoder, this.#grammar);
    let last: Interim = { text: '', finished: false };
    const known: (Interim & { atMs: number })[] = [];
    for (let at = 0; at < pcm.length; at += STEP) {
      last = utterance.accept(pcm.subarray(at, at + STEP)) ?? last;
      known.push({ ...last, atMs: samplesToMs(at + STEP) });
    }
    const final = utterance.finish();
    this.#decoder.stop();
    return { ...final, known };
  }
}
