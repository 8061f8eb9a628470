import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import {
  createOpenAiChat,
  type OpenAiChatOptions,
  type OpenAiDialect,
} from '../../../src/providers/llm/openai-chat.ts';
import { HttpVendor } from '../../support/vendors/http-vendor.ts';
import { OPENAI_KEY, type OpenAiVendorOptions, startOpenAi } from '../../support/vendors/openai-chat.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { hostedLlmConforms } from '../conformance/hosted-llm.ts';
import { hostedLlmKeepsConnections } from '../conformance/hosted-llm-connections.ts';
import { hostedLlmSurvives } from '../conformance/hosted-llm-kills.ts';
import { type HostedLlm, rig, textOf } from '../conformance/hosted-llm-rig.ts';
import { llmConforms } from '../conformance/llm.ts';

const ANSWER = 'It is noon — and the café is open. Shall I order “two” coffees? They are good.';

const newer: OpenAiDialect = {
  limit: 'max_completion_tokens',
  extra: () => ({ reasoning_effort: 'none' }),
  reasoningTokens: () => 0,
};

const create = (baseUrls: readonly string[], more: Partial<OpenAiChatOptions> = {}) =>
  createOpenAiChat({
    ...{ name: 'openai', vendor: 'OpenAI', place: 'a test mind', apiKey: OPENAI_KEY, dialect: newer },
    ...{ baseUrls, model: 'gpt-6-luna', clock: new VirtualClock(), log: silentLog },
    ...more,
  });

let shared: HttpVendor;
beforeAll(async () => {
  shared = await startOpenAi();
});
afterAll(async () => {
  await shared.close();
});

llmConforms('The chat completions API', () => create([shared.url]), 'what time is it');

const hosted: HostedLlm = {
  start: async (behaviour) => await startOpenAi({ behaviour }),
  create: (baseUrls, options) => create(baseUrls, options),
  ...{ answer: ANSWER, key: OPENAI_KEY },
};
describe('The chat completions API with faults', { tags: ['fault'] }, () => {
  hostedLlmConforms('The chat completions API', hosted);
  hostedLlmKeepsConnections('The chat completions API', hosted);
  hostedLlmSurvives('The chat completions API', hosted, 12);
});

/** Asks once, and gives what came of it and what the vendor got. */
async function once(
  more: Partial<OpenAiChatOptions>,
  vendorOptions: OpenAiVendorOptions = {},
  maxTokens = 150,
) {
  const vendor = await startOpenAi(vendorOptions);
  const connection = await create([`${vendor.url}/v1`], more).connect(new AbortController().signal);
  const { signal } = new AbortController();
  const messages = [{ role: 'user' as const, content: 'what time is it' }];
  try {
    const events = await Array.fromAsync(
      connection.stream({ system: 'You are brief.', messages, maxTokens, signal }),
    );
    return { events, asked: vendor.asked[0]! };
  } finally {
    await connection.close();
    await vendor.close();
  }
}

/** A server that answers with these chunks of a stream. */
const streaming = (chunks: readonly unknown[]) => {
  const body = chunks.map(
    (chunk) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`,
  );
  return { behaviour: () => ({ fault: { status: 200, body: body.join('') } }) };
};
const said = (content: unknown, finish_reason: string | null = null) => ({
  choices: [{ delta: { content }, finish_reason }],
});

describe('A request to the chat completions API', () => {
  it('has the key, the limit, the prompt, and asks for usage', async () => {
    const { asked, events } = await once({});
    expect(asked.path).toBe('/v1/chat/completions');
    expect(asked.headers).toMatchObject({ authorization: `Bearer ${OPENAI_KEY}` });
    expect(asked.body).toEqual({
      ...{ model: 'gpt-6-luna', stream: true, stream_options: { include_usage: true } },
      messages: [
        { role: 'system', content: 'You are brief.' },
        { role: 'user', content: 'what time is it' },
      ],
      ...{ max_completion_tokens: 150, reasoning_effort: 'none' },
    });
    expect(events.at(-1)).toMatchObject({ type: 'usage', outputTokens: 17, cachedInputTokens: 8 });
  });

  it('needs no key, and takes the old name of the limit, at a local server', async () => {
    const local = { apiKey: undefined, dialect: undefined as never, model: 'any' };
    const { asked, events } = await once(local, { kind: 'local' });
    expect(asked.headers).not.toHaveProperty('authorization');
    expect(asked.body).toMatchObject({ model: 'any', max_tokens: 150 });
    expect(asked.body).not.toHaveProperty('reasoning_effort');
    expect(textOf(events)).toBe(ANSWER);
    expect(events.at(-1)).toMatchObject({ type: 'usage' });
  });

  it('leaves room for reasoning that cannot be turned off, and holds the answer to its limit', async () => {
    const dialect: OpenAiDialect = { ...newer, reasoningTokens: () => 256 };
    const { asked, events } = await once({ dialect }, { answer: () => 'word '.repeat(200) }, 10);
    expect(asked.body).toMatchObject({ max_completion_tokens: 266 });
    expect(textOf(events)).toBe('word '.repeat(12));
  });
});

describe('What was said twice by one side', () => {
  it('is one message, as local models want it', async () => {
    const vendor = await startOpenAi();
    const connection = await create([vendor.url]).connect(new AbortController().signal);
    const { signal } = new AbortController();
    const messages = [
      { role: 'user' as const, content: 'Ann: hello' },
      { role: 'user' as const, content: 'Bob: what time is it' },
      { role: 'assistant' as const, content: 'Noon.' },
      { role: 'user' as const, content: 'Ann: thanks' },
    ];
    await Array.fromAsync(connection.stream({ system: '', messages, maxTokens: 9, signal }));
    expect(vendor.asked[0]!.body?.messages).toEqual([
      { role: 'user', content: 'Ann: hello\nBob: what time is it' },
      ...messages.slice(2),
    ]);
    await connection.close();
    await vendor.close();
  });
});

describe('An answer of the chat completions API', () => {
  it('has its usage where Groq puts it', async () => {
    const { events } = await once({}, { kind: 'groq' });
    expect(events.at(-1)).toMatchObject({ type: 'usage', outputTokens: 17 });
  });

  it('is complete without the last line, and without usage, for which nothing is invented', async () => {
    const { events } = await once({}, streaming([said('It is '), said('noon.'), said('', 'stop')]));
    expect(events).toEqual([
      { type: 'text', text: 'It is ' },
      { type: 'text', text: 'noon.' },
    ]);
  });

  it('does not wait long for usage once all is said', async () => {
    // Text and ending come in one piece, so that both were read when the text is given.
    const piece = [said('It is noon.'), said('', 'stop')].map(
      (chunk) => `data: ${JSON.stringify(chunk)}\n\n`,
    );
    const reply = () => ({ frames: [piece.join('')], firstText: 0, json: null });
    const start = async () =>
      await new HttpVendor({ behaviour: () => ({ fault: 'endless' }), reply }).listen();
    const { connection, request, clock, end } = await rig({ ...hosted, start }, () => ({}));
    const stream = connection.stream(request())[Symbol.asyncIterator]();
    expect(await stream.next()).toMatchObject({ value: { text: 'It is noon.' } });
    let ended = false;
    const last = stream.next().finally(() => {
      ended = true;
    });
    await clock.advance(249);
    expect(ended).toBe(false);
    await clock.advance(1);
    expect(await last).toMatchObject({ done: true });
    await end();
  });

  it.each([
    ['<think>Let me see.</think>\n\nIt is noon.', 'It is noon.'],
    ['It is <think>what?</think> noon.', 'It is noon.'],
    ['Let me see.</think>It is noon.', 'Let me see.It is noon.'],
    ['1 < 2 and <b> is bold <th', '1 < 2 and <b> is bold <th'],
  ])('leaves out what a local model thinks aloud: %s', async (content, spoken) => {
    const letters = [...content].map((letter) => said(letter));
    const { events } = await once({}, streaming([...letters, said('', 'stop'), '[DONE]']));
    expect(textOf(events)).toBe(spoken);
  });

  it('is no answer when the thought never ends', async () => {
    const failing = once({}, streaming([said('<think>Let me'), said(' see'), said('', 'length'), '[DONE]']));
    await expect(failing).rejects.toMatchObject({ code: 'LLM_ONLY_THOUGHT' });
  });

  it('can come in typed parts', async () => {
    const parts = [
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'text', text: 'It is noon.' },
    ];
    const { events } = await once({}, streaming([said(parts), said('', 'stop'), '[DONE]']));
    expect(textOf(events)).toBe('It is noon.');
  });

  it('is a refusal when it says so', async () => {
    const refusal = { choices: [{ delta: { refusal: 'I cannot.' }, finish_reason: 'stop' }] };
    await expect(once({}, streaming([refusal, '[DONE]']))).rejects.toMatchObject({ code: 'LLM_REFUSED' });
  });

  it.each([
    [{ error: { message: 'slow down', type: 'rate_limit_error' } }, 'LLM_RATE_LIMITED'],
    [{ error: 'llama runner process has terminated' }, 'LLM_SERVER_ERROR'],
    [{ x_groq: { id: 'req_1', error: 'over capacity' } }, 'LLM_SERVER_ERROR'],
  ])('is a failure when the stream says so: %j', async (chunk, code) => {
    await expect(once({}, streaming([chunk]))).rejects.toMatchObject({ code, retryable: true });
  });
});

describe('A refusal of the chat completions API', () => {
  it('does not show the key that it repeats', async () => {
    const failing = once({ apiKey: 'sk-proj-wrong-1234' });
    await expect(failing).rejects.toMatchObject({ code: 'LLM_KEY_REFUSED' });
    await expect(failing).rejects.not.toThrow('wrong');
  });

  it.each([
    ['gpt-4.1-nano', 'gpt-6-luna'],
    ['llama-3.3-70b-versatile', 'openai/gpt-oss-120b'],
    ['llama-3.3-70b', 'gpt-oss-120b'],
  ])('names a current model instead of %s', async (model, current) => {
    await expect(once({ model })).rejects.toMatchObject({
      code: 'LLM_MODEL_UNKNOWN',
      remedy: expect.stringContaining(current),
    });
  });

  it.each([
    [{ error: 'model "tiny" not found, try pulling it first' }, 404, 'LLM_MODEL_UNKNOWN'],
    [
      { error: { message: 'Rate limit reached. Upgrade at /settings/billing', code: 'rate_limit_exceeded' } },
      429,
      'LLM_RATE_LIMITED',
    ],
    [
      { error: { message: 'The model has been decommissioned', code: 'model_decommissioned' } },
      400,
      'LLM_MODEL_UNKNOWN',
    ],
  ])('is understood in the words of %j', async (body, status, code) => {
    const failing = once({}, { behaviour: () => ({ fault: { status, body } }) });
    await expect(failing).rejects.toMatchObject({ code });
  });
});

describe('Connecting', () => {
  const refused = async (more: Parameters<typeof create>[1], address = shared.url) => {
    const connection = await create([address], more).connect(new AbortController().signal);
    await connection.close();
    return connection.refused;
  };

  it('finds out that key and model are accepted', async () => {
    expect(await refused({})).toBeNull();
  });

  it('finds out that the key or the model is not, and keeps the key to itself', async () => {
    const key = await refused({ apiKey: 'sk-wrong-one' });
    expect(key).toMatchObject({ code: 'LLM_KEY_REFUSED', retryable: false });
    expect(key!.message + key!.remedy).not.toMatch(/wrong/);
    const model = await refused({ model: 'gone-1' });
    expect(model).toMatchObject({ code: 'LLM_MODEL_UNKNOWN', retryable: false });
    expect(model!.message).toContain('gone-1');
  });

  it.each([
    { status: 405, body: { error: 'method_not_allowed' } },
    { status: 404, body: { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } } },
    {
      status: 401,
      body: { error: { message: 'You have insufficient permissions. Missing scopes: model.read' } },
    },
    { status: 402, body: { error: 'Payment required', x402: {} } },
    { status: 500, body: 'down' },
  ])('takes no other page for a refusal: %j', async (page) => {
    const vendor = await new HttpVendor({ page: () => page, reply: () => page }).listen();
    expect(await refused({}, vendor.url)).toBeNull();
    await vendor.close();
  });
});
