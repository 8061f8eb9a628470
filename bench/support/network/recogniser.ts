/** The embedded recogniser in the caller's own thread: it answers at once, so that time may be virtual. */
import { loadEngine } from '../../../src/providers/stt/soundswallower/engine.ts';
import { buildGrammar } from '../../../src/providers/stt/soundswallower/grammar.ts';
import { UtteranceDecoder } from '../../../src/providers/stt/soundswallower/utterance.ts';
import type { Recogniser, SttConnection, SttEvent } from '../../../src/providers/stt/stt.ts';

/** @param speakers that can be heard in all; a decoder is made for each, ahead of time. */
export async function openRecognisers(phrases: readonly string[], speakers: number): Promise<SttConnection> {
  const grammar = buildGrammar(phrases);
  const engine = await loadEngine(grammar);
  const decoders = await Promise.all(Array.from({ length: speakers }, () => engine.makeDecoder()));
  return {
    warm() {},
    openRecogniser: (_, listener) => {
      const decoder = decoders.pop();
      if (!decoder) throw new Error(`more than ${speakers} speakers`);
      return recogniser(new UtteranceDecoder(decoder, grammar), listener);
    },
    close: async () => {},
  };
}

function recogniser(utterance: UtteranceDecoder, listener: (event: SttEvent) => void): Recogniser {
  let lastCommitId = 0;
  return {
    write(pcm) {
      const interim = utterance.accept(pcm);
      const begun = lastCommitId;
      // What is told after a commit was heard before it.
      if (interim) queueMicrotask(() => begun === lastCommitId && listener({ type: 'interim', ...interim }));
    },
    commit() {
      const commitId = ++lastCommitId;
      const final = utterance.finish();
      queueMicrotask(() => listener({ type: 'final', commitId, ...final }));
      return commitId;
    },
    reset: () => utterance.reset(),
    close() {},
  };
}
