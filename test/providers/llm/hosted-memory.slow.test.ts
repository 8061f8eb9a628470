/** A thousand answers over one connection: neither memory nor sockets nor listeners grow. */
import { describe, expect, it } from 'vitest';
import { createAnthropicMessages } from '../../../src/providers/llm/anthropic-messages.ts';
import { createOpenAiChat } from '../../../src/providers/llm/openai-chat.ts';
import { heldBytes } from '../../support/held-bytes.ts';
import { ANSWER, ANTHROPIC_KEY, startAnthropic } from '../../support/vendors/anthropic.ts';
import type { Behaviour } from '../../support/vendors/http-vendor.ts';
import { OPENAI_KEY, startOpenAi } from '../../support/vendors/openai-chat.ts';
import { type HostedLlm, rig, textOf } from '../conformance/hosted-llm-rig.ts';

const WARM_UP_TURNS = 600;
const TURNS = 1_000;
/** What a thousand turns may leave: a leak of one kilobyte a turn is above it. */
const MAX_GROWTH_BYTES = 800_000;

const mind = { name: 'mind', vendor: 'Mind', place: 'a test mind' };
const anthropic: HostedLlm = {
  start: async (behaviour) => await startAnthropic({ behaviour }),
  create: (baseUrls, options) =>
    createAnthropicMessages({
      ...{ ...mind, baseUrls, ...options },
      ...{ auth: 'x-api-key', apiKey: ANTHROPIC_KEY, model: 'claude-haiku-5-5' },
    }),
  ...{ answer: ANSWER, key: ANTHROPIC_KEY },
};
const openai: HostedLlm = {
  start: async (behaviour) => await startOpenAi({ behaviour, kind: 'groq' }),
  create: (baseUrls, options) =>
    createOpenAiChat({ ...mind, baseUrls, ...options, apiKey: OPENAI_KEY, model: 'gpt-6-luna' }),
  ...{ answer: ANSWER, key: OPENAI_KEY },
};

describe('A thousand answers of a hosted model', () => {
  it.each([
    ['the Messages API', anthropic],
    ['chat completions', openai],
  ])('leave nothing in memory: %s', async (_, hosted) => {
    // Of ten answers one is cut off by the vendor and three are wrong guesses.
    const behaviour = (index: number): Behaviour => (index % 10 === 9 ? { fault: 'cut' } : {});
    const { vendor, connection, end } = await rig(hosted, behaviour);
    /** Without an answer, or with half of one. Counted, as an assertion a turn would fill the memory too. */
    let failed = 0;
    const turn = async (i: number) => {
      const controller = new AbortController();
      const request = { system: 'Be brief.', messages: [{ role: 'user' as const, content: `turn ${i}` }] };
      const events = [];
      try {
        for await (const event of connection.stream({
          ...request,
          maxTokens: 50,
          signal: controller.signal,
        })) {
          events.push(event);
          if (i % 10 < 3 && events.length === 2) controller.abort(new Error('wrong guess'));
        }
        if (textOf(events) !== hosted.answer) failed += 1;
      } catch {
        failed += 1;
      }
    };
    const held = () => {
      // What the server keeps of requests is not the adapter's.
      vendor.asked.length = 0;
      return heldBytes();
    };
    for (let i = 0; i < WARM_UP_TURNS; i++) await turn(i);
    const before = await held();
    for (let i = 0; i < TURNS; i++) await turn(i);
    const growth = (await held()) - before;
    // Those that were cut off: by the vendor, or by the caller, and some were quicker than that.
    const turns = WARM_UP_TURNS + TURNS;
    expect(failed).toBeGreaterThan(turns / 20);
    expect(failed).toBeLessThan(turns * 0.6);
    expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
    expect(vendor.open).toBeLessThan(10);
    await end();
  });
});
