import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import {
  type AnthropicMessagesOptions,
  createAnthropicMessages,
} from '../../../src/providers/llm/anthropic-messages.ts';
import {
  ANSWER,
  ANTHROPIC_KEY,
  type AnthropicVendorOptions,
  startAnthropic,
} from '../../support/vendors/anthropic.ts';
import { HttpVendor } from '../../support/vendors/http-vendor.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { hostedLlmConforms } from '../conformance/hosted-llm.ts';
import { hostedLlmKeepsConnections } from '../conformance/hosted-llm-connections.ts';
import { hostedLlmSurvives } from '../conformance/hosted-llm-kills.ts';
import { type HostedLlm, textOf } from '../conformance/hosted-llm-rig.ts';
import { llmConforms } from '../conformance/llm.ts';

const create = (baseUrls: readonly string[], more: Partial<AnthropicMessagesOptions> = {}) =>
  createAnthropicMessages({
    ...{
      name: 'anthropic',
      vendor: 'Anthropic',
      place: 'a test mind',
      auth: 'x-api-key',
      apiKey: ANTHROPIC_KEY,
    },
    ...{ baseUrls, model: 'claude-haiku-5-5', clock: new VirtualClock(), log: silentLog },
    ...more,
  });

let shared: HttpVendor;
beforeAll(async () => {
  shared = await startAnthropic();
});
afterAll(async () => {
  await shared.close();
});

llmConforms('The Messages API', () => create([shared.url]), 'what time is it');

const hosted: HostedLlm = {
  start: async (behaviour) => await startAnthropic({ behaviour }),
  create: (baseUrls, options) => create(baseUrls, options),
  ...{ answer: ANSWER, key: ANTHROPIC_KEY },
};
describe('The Messages API with faults', { tags: ['fault'] }, () => {
  hostedLlmConforms('The Messages API', hosted);
  hostedLlmKeepsConnections('The Messages API', hosted);
  hostedLlmSurvives('The Messages API', hosted, 11);
});

/** Asks once, and gives what came of it and what the vendor got. */
async function once(
  more: Partial<AnthropicMessagesOptions>,
  { system = 'You are brief.', ...vendorOptions }: AnthropicVendorOptions & { system?: string } = {},
) {
  const vendor = await startAnthropic(vendorOptions);
  const connection = await create([vendor.url], more).connect(new AbortController().signal);
  const { signal } = new AbortController();
  const messages = [{ role: 'user' as const, content: 'what time is it' }];
  try {
    const events = await Array.fromAsync(connection.stream({ system, messages, maxTokens: 150, signal }));
    return { events, asked: vendor.asked[0]! };
  } finally {
    await connection.close();
    await vendor.close();
  }
}

describe('A request to the Messages API', () => {
  it('has the key, the version, the limit and the prompt, and no sampling setting', async () => {
    const { asked } = await once({});
    expect(asked.path).toBe('/v1/messages');
    expect(asked.headers).toMatchObject({ 'x-api-key': ANTHROPIC_KEY, 'anthropic-version': '2023-06-01' });
    expect(asked.headers).not.toHaveProperty('authorization');
    expect(asked.body).toEqual({
      ...{ model: 'claude-haiku-5-5', max_tokens: 150, stream: true, system: 'You are brief.' },
      messages: [{ role: 'user', content: 'what time is it' }],
      thinking: { type: 'disabled' },
    });
  });

  it.each([
    ['bearer', { authorization: `Bearer ${ANTHROPIC_KEY}` }, 'x-api-key'],
    ['both', { authorization: `Bearer ${ANTHROPIC_KEY}`, 'x-api-key': ANTHROPIC_KEY }, 'api-key'],
  ] as const)('can carry the key otherwise: %s', async (auth, headers, without) => {
    const { asked } = await once({ auth });
    expect(asked.headers).toMatchObject(headers);
    expect(asked.headers).not.toHaveProperty(without);
  });

  it.each([
    ['claude-haiku-5-5', { thinking: { type: 'disabled' } }],
    ['claude-sonnet-5', { thinking: { type: 'disabled' } }],
    ['claude-sonnet-5-5', { thinking: { type: 'between_tools' } }],
    ['claude-haiku-4-5-20251001', {}],
    ['claude-opus-5-5', { output_config: { effort: 'low' }, max_tokens: 1_174 }],
  ])('keeps the model from thinking, as far as that accepts it: %s', async (model, body) => {
    const { asked, events } = await once({ model });
    expect(asked.body).toMatchObject(body);
    expect(Object.hasOwn(asked.body!, 'thinking')).toBe('thinking' in body);
    expect(textOf(events)).toBe(ANSWER);
  });

  it('asks for caching only of a prompt that the model would cache', async () => {
    // 512 tokens of three characters.
    const long = 'x'.repeat(3 * 512);
    const { asked, events } = await once({}, { system: long });
    expect(asked.body?.system).toEqual([{ type: 'text', text: long, cache_control: { type: 'ephemeral' } }]);
    const usage = events.at(-1) as { inputTokens: number; cachedInputTokens: number };
    expect(usage).toMatchObject({ type: 'usage', cacheWriteTokens: 0 });
    expect(usage.cachedInputTokens).toBeGreaterThan(0);
    expect(usage.inputTokens).toBe(usage.cachedInputTokens + 12);
    const short = await once({}, { system: long.slice(3) });
    expect(short.asked.body?.system).toBe(long.slice(3));
    expect((await once({ model: 'claude-haiku-4-5' }, { system: long })).asked.body?.system).toBe(long);
  });

  it('tells whether a prompt is cached', () => {
    const model = create(['http://127.0.0.1:1']);
    expect(model.cacheable('x'.repeat(1_536))).toEqual({ cacheable: true, tokens: 512, minimumTokens: 512 });
    expect(model.cacheable('x'.repeat(1_533))).toEqual({ cacheable: false, tokens: 511, minimumTokens: 512 });
  });

  it('holds a model that always thinks to the length that was asked for', async () => {
    const answer = () => 'word '.repeat(400);
    const { events } = await once({ model: 'claude-opus-5-5' }, { answer });
    expect(textOf(events).length).toBe(150 * 6);
  });
});

describe('A refusal of the Messages API', () => {
  it.each([
    ['claude-3-5-sonnet-20241022', 'claude-sonnet-5-5'],
    ['claude-3-haiku-20240307', 'claude-haiku-5-5'],
    ['claude-sonnet-4-5-20250929', 'claude-sonnet-5-5'],
  ])('names a current model instead of %s', async (model, current) => {
    const failing = once({ model });
    await expect(failing).rejects.toMatchObject({ code: 'LLM_MODEL_UNKNOWN', retryable: false });
    await expect(failing).rejects.toMatchObject({ remedy: expect.stringContaining(current) });
  });

  it('names a model that never was', async () => {
    const failing = once({ model: 'claude-tiny-9' });
    await expect(failing).rejects.toMatchObject({ code: 'LLM_MODEL_UNKNOWN' });
    await expect(failing).rejects.toThrow('claude-tiny-9');
  });

  it('says that nothing is paid when the server wants to be paid', async () => {
    const body = {
      error: 'Payment required',
      x402: { version: 2, networks: [{ amount: '6000' }] },
      unlock: '/buy',
    };
    const failing = once({}, { behaviour: () => ({ fault: { status: 402, body } }) });
    await expect(failing).rejects.toMatchObject({
      code: 'LLM_PAYMENT_REQUIRED',
      remedy: expect.stringContaining('nothing is ever paid by itself'),
    });
  });

  it('withholds the key even when the vendor repeats it', async () => {
    const body = { type: 'error', error: { type: 'authentication_error', message: `no: ${ANTHROPIC_KEY}` } };
    const failing = once({}, { behaviour: () => ({ fault: { status: 401, body } }) });
    await expect(failing).rejects.toThrow('Anthropic: the key was refused (401): no: [withheld]');
  });

  it('refuses an address and a key that cannot be', () => {
    expect(() => create([])).toThrow(expect.objectContaining({ code: 'LLM_BAD_ADDRESS' }));
    expect(() => create(['api.anthropic.com'])).toThrow(expect.objectContaining({ code: 'LLM_BAD_ADDRESS' }));
    expect(() => create(['ftp://api.anthropic.com'])).toThrow(
      expect.objectContaining({ code: 'LLM_BAD_ADDRESS' }),
    );
    expect(() => create(['https://a:b@c.test'])).toThrow(
      expect.objectContaining({ code: 'LLM_BAD_ADDRESS' }),
    );
    const key = { apiKey: 'sk-ant 1\n2' };
    expect(() => create(['https://c.test'], key)).toThrow(
      expect.objectContaining({ code: 'LLM_KEY_MALFORMED' }),
    );
  });

  it('understands base addresses as people write them', () => {
    const given = [
      'https://c.test',
      'https://c.test/v1/',
      'https://c.test/v1/messages',
      'https://c.test/api',
    ];
    const whole = ['https://c.test/v1/messages', 'https://c.test/api/v1/messages'];
    expect(create(given).addresses).toEqual([whole[0], whole[0], whole[0], whole[1]]);
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
    const key = await refused({ apiKey: 'sk-ant-wrong' });
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
