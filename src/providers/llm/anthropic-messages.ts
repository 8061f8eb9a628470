/** Models behind Anthropic's Messages API: Anthropic itself, AiPayGent, and whoever else speaks it. */
import { endpoints, modelPage, usableKey } from './addresses.ts';
import { cacheable, type Thinking, traitsOf } from './anthropic-models.ts';
import { AnthropicReader } from './anthropic-reader.ts';
import { createHostedModel, type HostedModel, type HostedModelOptions } from './hosted-model.ts';
import type { LlmRequest } from './llm.ts';

/**
 * The oldest version that is served, which proxies know too. No sampling setting is ever sent: newer models reject
 * any but the default.
 */
const VERSION = '2023-06-01';
const TAIL = 'messages';
/** A model that always thinks needs tokens for it besides those of the answer, or nothing of that is left. */
const THINKING_TOKENS = 1_024;

export interface AnthropicMessagesOptions extends HostedModelOptions {
  /** As the settings call it. */
  name: string;
  /** Of the vendor, in messages. */
  vendor: string;
  place: string;
  apiKey?: string | undefined;
  /** Which header the key goes in. */
  auth: 'x-api-key' | 'bearer' | 'both';
  /** Base addresses: the next one is tried where one fails before its first word. All get the same key. */
  baseUrls: readonly string[];
  model: string;
  /** Instead of what is known of the model. */
  thinking?: Thinking;
}

/** Throws a ParleyError for an address or a key that cannot be used. */
export function createAnthropicMessages(
  options: AnthropicMessagesOptions,
): HostedModel & Required<Pick<HostedModel, 'cacheable'>> {
  const { name, vendor, place, model } = options;
  const key = usableKey(options.apiKey, vendor);
  const thinking = options.thinking ?? traitsOf(model).thinking;
  const maxTextTokens = ({ maxTokens }: LlmRequest) => (thinking === 'always' ? maxTokens : null);
  const hosted = createHostedModel(
    {
      ...{ name, vendor, place, model, secrets: [key], loadsModel: false },
      addresses: endpoints(options.baseUrls, TAIL, true),
      modelPage: (address) => modelPage(address, TAIL, model),
      headers: { 'anthropic-version': VERSION, ...authHeaders(options.auth, key) },
      body: (request) => bodyOf(request, model, thinking),
      reader: (request, context) => new AnthropicReader(context, maxTextTokens(request)),
    },
    options,
  );
  return { ...hosted, cacheable: (prefix) => cacheable(model, prefix) };
}

function authHeaders(auth: AnthropicMessagesOptions['auth'], key: string): Record<string, string> {
  if (!key) return {};
  return {
    ...(auth === 'bearer' ? {} : { 'x-api-key': key }),
    ...(auth === 'x-api-key' ? {} : { authorization: `Bearer ${key}` }),
  };
}

function bodyOf({ system, messages, maxTokens }: LlmRequest, model: string, thinking: Thinking) {
  const cached = cacheable(model, system).cacheable;
  const block = { type: 'text', text: system, ...(cached ? { cache_control: { type: 'ephemeral' } } : {}) };
  return {
    model,
    max_tokens: thinking === 'always' ? maxTokens + THINKING_TOKENS : maxTokens,
    ...(system ? { system: cached ? [block] : system } : {}),
    messages,
    stream: true,
    ...(thinking === 'disabled' || thinking === 'between_tools' ? { thinking: { type: thinking } } : {}),
    ...(thinking === 'always' ? { output_config: { effort: 'low' } } : {}),
  };
}
