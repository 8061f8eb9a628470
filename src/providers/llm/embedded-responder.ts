/** A language model without a key or a network: knows a table of phrases and streams its answers word by word. */

import { setImmediate } from 'node:timers';
import { seededRandom } from '../../base/seeded-random.ts';
import { ON_THIS_MACHINE } from '../../base/this-machine.ts';
import type { LanguageModel, LlmConnection, LlmEvent, LlmRequest } from './llm.ts';
import { type ReplySources, replyOf } from './reply.ts';

export { phrases } from './phrases/index.ts';

export interface EmbeddedResponderOptions {
  /** The wall clock, for the time and the date. */
  now: () => Date;
  /** The agent's own median response gap so far; null before the first answer. */
  measured: () => { p50Ms: number; n: number; falseCutoffs: number } | null;
  /** Of its dice; from the wall clock when left out. */
  seed?: number;
}

export function createEmbeddedResponder({ now, measured, seed }: EmbeddedResponderOptions): LanguageModel {
  const sources: ReplySources = { now, measured, random: seededRandom(seed ?? now().getTime()) };
  return {
    name: 'embedded',
    place: ON_THIS_MACHINE,
    async connect(signal) {
      signal.throwIfAborted();
      return new Responder(sources);
    },
  };
}

class Responder implements LlmConnection {
  readonly #sources: ReplySources;

  constructor(sources: ReplySources) {
    this.#sources = sources;
  }

  /** Nothing is cold here. */
  warm(): void {}

  async *stream({ system, messages, maxTokens, signal }: LlmRequest): AsyncGenerator<LlmEvent> {
    signal.throwIfAborted();
    const words = replyOf(messages, this.#sources).split(' ').slice(0, maxTokens);
    for (const [i, word] of words.entries()) {
      yield { type: 'text', text: i === 0 ? word : ` ${word}` };
      // Other work, an abort too, comes between two words, as it would with a model over the network.
      await new Promise<void>((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
    const inputTokens = [system, ...messages.map(({ content }) => content)].reduce(
      (sum, text) => sum + countWords(text),
      0,
    );
    yield { type: 'usage', inputTokens, outputTokens: words.length };
  }

  async close(): Promise<void> {}
}

const countWords = (text: string): number => text.split(/\s+/).filter(Boolean).length;
