/** SoundSwallower as this product uses it: loads the engine once a thread and makes decoders for one grammar. */
import { createRequire } from 'node:module';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';
import createModule, { type Decoder, type SoundSwallowerModule } from 'soundswallower';
import { SAMPLE_RATE } from '../../../audio/pcm.ts';
import { type Pronunciation, pronunciationsOf } from './dictionary.ts';
import type { Grammar } from './grammar.ts';

/**
 * The engine's C functions that build a grammar in memory. The package exports them but does not declare them; its
 * declared way, JSGF text, cannot share the beginnings of phrases.
 */
interface GrammarCalls {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
  _decoder_logmath(decoder: number): number;
  _decoder_set_fsg(decoder: number, grammar: number): number;
  _fsg_model_init(name: number, logmath: number, languageWeight: number, states: number): number;
  _fsg_set_states(grammar: number, start: number, final: number): void;
  _fsg_model_word_add(grammar: number, word: number): number;
  _fsg_model_trans_add(grammar: number, from: number, to: number, logProbability: number, word: number): void;
  _fsg_model_null_trans_add(grammar: number, from: number, to: number, logProbability: number): number;
}

const CONFIG = {
  samprate: SAMPLE_RATE,
  loglevel: 'FATAL',
  // The words are added later; an empty dictionary makes the decoder small.
  dict: devNull,
  // The default beams (1e-48 and 7e-29) lose phrases whose first sound is soft: 14 of 944 were wrong, with these 1.
  beam: 1e-80,
  pbeam: 1e-80,
  wbeam: 1e-60,
  // Scores every sound of the language, not only those that the grammar expects now: a word's probability then tells
  // speech outside the grammar apart. Doubles the work, to 0.07 of real time.
  compallsen: true,
  // Where a speaker's mean spectrum starts: measured over several voices through Opus, with room noise. The default
  // suits other microphones and made the first utterance of a speaker worse than the rest.
  cmninit: '41,0,8.5,1.5,-0.6,-1.3,-2.6,0.6,2,0.8,3.6,0.8,1.1',
};

export interface Engine {
  /** A decoder that is ready for `start()`. Takes about 40 ms and 10 MB. */
  makeDecoder(): Promise<Decoder>;
}

/** Throws a ParleyError when a word of the grammar is not in the dictionary. */
export async function loadEngine(grammar: Grammar): Promise<Engine> {
  const modelBase = join(
    dirname(createRequire(import.meta.url).resolve('soundswallower/jsonly')),
    '..',
    'model/',
  );
  const pronunciations = pronunciationsOf(grammar.words, join(modelBase, 'en-us/dict.txt'));
  const quiet = { print: () => {}, printErr: () => {} };
  const module = await createModule({ modelBase, ...quiet } as Partial<SoundSwallowerModule>);
  return {
    async makeDecoder() {
      const decoder = new module.Decoder(CONFIG);
      await decoder.initialize();
      setGrammar(module, decoder, grammar, pronunciations);
      return decoder;
    },
  };
}

function setGrammar(
  module: SoundSwallowerModule,
  decoder: Decoder,
  grammar: Grammar,
  pronunciations: readonly Pronunciation[],
): void {
  decoder.add_words(...pronunciations);
  const calls = module as unknown as GrammarCalls;
  const handle = (decoder as unknown as { cdecoder: number }).cdecoder;
  const withText = <T>(text: string, use: (at: number) => T): T => {
    const bytes = Buffer.from(`${text}\0`, 'latin1');
    const at = calls._malloc(bytes.length);
    calls.HEAPU8.set(bytes, at);
    try {
      return use(at);
    } finally {
      calls._free(at);
    }
  };
  const final = grammar.states;
  const languageWeight = Number(decoder.get_config('lw'));
  const fsg = withText('phrases', (name) =>
    calls._fsg_model_init(name, calls._decoder_logmath(handle), languageWeight, grammar.states + 1),
  );
  calls._fsg_set_states(fsg, 0, final);
  for (const { from, to, word } of grammar.arcs) {
    const wordId = withText(word, (at) => calls._fsg_model_word_add(fsg, at));
    calls._fsg_model_trans_add(fsg, from, to, 0, wordId);
  }
  for (const exit of grammar.exits) calls._fsg_model_null_trans_add(fsg, exit, final, 0);
  if (calls._decoder_set_fsg(handle, fsg) < 0) throw new Error('the decoder refused the grammar');
}
