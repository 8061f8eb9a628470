import { describe, expect, it } from 'vitest';
import { createEmbeddedResponder } from '../../../src/providers/llm/embedded-responder.ts';
import type { LlmMessage } from '../../../src/providers/llm/llm.ts';
import { llmConforms } from '../conformance/llm.ts';

const NOON = new Date(2026, 10, 23, 12, 5);
const create = (seed = 1) => createEmbeddedResponder({ now: () => NOON, measured: () => null, seed });

llmConforms('The embedded responder', create, 'what time is it');

describe('The embedded responder', () => {
  it('counts words as tokens', async () => {
    const connection = await create().connect(new AbortController().signal);
    const messages: LlmMessage[] = [
      { role: 'user', content: 'hello there parley' },
      { role: 'assistant', content: 'Hello there.' },
      { role: 'user', content: 'what time is it' },
    ];
    const { signal } = new AbortController();
    const stream = connection.stream({ system: 'You are brief.', messages, maxTokens: 100, signal });
    const events = await Array.fromAsync(stream);
    const texts = events.filter(({ type }) => type === 'text');
    expect(events.at(-1)).toEqual({ type: 'usage', inputTokens: 3 + 3 + 2 + 4, outputTokens: texts.length });
  });

  it('throws the same dice for the same seed', async () => {
    const rolls = async (seed: number) => {
      const connection = await create(seed).connect(new AbortController().signal);
      const all: string[] = [];
      for (let i = 0; i < 8; i++) {
        const messages: LlmMessage[] = [{ role: 'user', content: 'roll the dice please' }];
        const { signal } = new AbortController();
        const events = await Array.fromAsync(
          connection.stream({ system: '', messages, maxTokens: 50, signal }),
        );
        all.push(events.map((event) => (event.type === 'text' ? event.text : '')).join(''));
      }
      return all;
    };
    expect(await rolls(7)).toEqual(await rolls(7));
    expect(await rolls(7)).not.toEqual(await rolls(8));
    expect(new Set(await rolls(7)).size).toBeGreaterThan(2);
  });
});
