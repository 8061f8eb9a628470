/** The hosted and local models that are known by name: where they are, how the key is sent, which model is good. */
import { ParleyError } from '../../base/errors.ts';
import { isThisMachine, ON_THIS_MACHINE } from '../../base/this-machine.ts';
import { createAnthropicMessages } from './anthropic-messages.ts';
import type { HostedModel, HostedModelOptions } from './hosted-model.ts';
import { createOpenAiChat, type OpenAiDialect, PLAIN_DIALECT } from './openai-chat.ts';

interface CommonPreset {
  /** In messages. */
  vendor: string;
  /** Where what it is given goes, for people. */
  place: string;
  baseUrls: readonly string[];
  model: string;
  /** Where a key is had; null when none is needed. */
  keyFrom: string | null;
  /** What to know before choosing it, with the date of that knowledge. */
  note: string;
}

export type LlmPreset = CommonPreset &
  ({ api: 'anthropic'; auth: 'x-api-key' | 'bearer' | 'both' } | { api: 'openai'; dialect: OpenAiDialect });

/** gpt-oss cannot stop reasoning; at the effort "low" it was seen to use some dozens of tokens. */
const OSS_REASONING_TOKENS = 256;
const isOss = (model: string) => model.includes('gpt-oss');

/** Groq and Cerebras serve the same kinds of models under the same settings. */
const fastHost: OpenAiDialect = {
  limit: 'max_completion_tokens',
  extra: (model) => {
    if (isOss(model)) return { reasoning_effort: 'low' };
    return model.includes('qwen') ? { reasoning_effort: 'none' } : {};
  },
  reasoningTokens: (model) => (isOss(model) ? OSS_REASONING_TOKENS : 0),
};

const openAi: OpenAiDialect = {
  limit: 'max_completion_tokens',
  extra: (model) => {
    if (/^gpt-(5\.[1-9]|[6-9])/.test(model)) return { reasoning_effort: 'none' };
    if (/^gpt-5/.test(model)) return { reasoning_effort: 'minimal' };
    return /^o\d/.test(model) ? { reasoning_effort: 'low' } : {};
  },
  reasoningTokens: (model) => (/^(gpt-5(?!\.)|o\d)/.test(model) ? 1_024 : 0),
};

export const llmPresets = {
  aipaygent: {
    ...{ api: 'anthropic', auth: 'x-api-key', vendor: 'AiPayGent', place: 'AiPayGent, which asks Anthropic' },
    baseUrls: ['https://api.aipaygent.xyz/v1/messages'],
    model: 'claude-haiku-4-5-20251001',
    keyFrom: 'https://api.aipaygent.xyz',
    note: 'As of 2026-11 it could not be seen whether /v1/messages is served; its server answers at most two requests at once, and may answer without streaming.',
  },
  anthropic: {
    ...{ api: 'anthropic', auth: 'x-api-key', vendor: 'Anthropic', place: 'Anthropic, in the USA' },
    baseUrls: ['https://api.anthropic.com'],
    model: 'claude-haiku-5-5',
    keyFrom: 'https://platform.claude.com/settings/keys',
    note: 'Thinking is turned off. First token of claude-haiku-4-5 in the median 637 ms (2026-08, aiewf-eval); none was published for claude-haiku-5-5 by 2026-11.',
  },
  groq: {
    ...{ api: 'openai', dialect: fastHost, vendor: 'Groq', place: 'Groq, in the USA' },
    baseUrls: ['https://api.groq.com/openai/v1'],
    model: 'openai/gpt-oss-120b',
    keyFrom: 'https://console.groq.com/keys',
    note: 'The fastest first token that was published: 98 ms in the median, 217 ms at the 95th percentile (2026-08, aiewf-eval).',
  },
  cerebras: {
    ...{ api: 'openai', dialect: fastHost, vendor: 'Cerebras', place: 'Cerebras, in the USA' },
    baseUrls: ['https://api.cerebras.ai/v1'],
    model: 'gpt-oss-120b',
    keyFrom: 'https://cloud.cerebras.ai',
    note: 'Models come and go within months; as of 2026-10 gpt-oss-120b and qwen-3.8-27b, the latter without reasoning.',
  },
  openai: {
    ...{ api: 'openai', dialect: openAi, vendor: 'OpenAI', place: 'OpenAI, in the USA' },
    baseUrls: ['https://api.openai.com/v1'],
    model: 'gpt-6-luna',
    keyFrom: 'https://platform.openai.com/api-keys',
    note: 'Reasoning is set to none. gpt-4o-mini and gpt-4.1-mini end on 2027-01-14 (as of 2026-11).',
  },
  ollama: {
    ...{ api: 'openai', vendor: 'Ollama', place: ON_THIS_MACHINE },
    dialect: { ...PLAIN_DIALECT, extra: () => ({ reasoning_effort: 'none' }), loadsModel: true },
    baseUrls: ['http://127.0.0.1:11434/v1'],
    model: 'llama3.2',
    keyFrom: null,
    note: 'Pull the model first. It is loaded when a room is joined, and again after five quiet minutes: OLLAMA_KEEP_ALIVE=-1 keeps it (2026-11).',
  },
  llamacpp: {
    ...{ api: 'openai', vendor: 'llama.cpp', place: ON_THIS_MACHINE },
    dialect: { ...PLAIN_DIALECT, extra: () => ({ chat_template_kwargs: { enable_thinking: false } }) },
    baseUrls: ['http://127.0.0.1:8080/v1'],
    model: 'default',
    keyFrom: null,
    note: 'llama-server answers with the model it was started with, whatever is asked for (2026-11).',
  },
} as const satisfies Record<string, LlmPreset>;

export type LlmPresetName = keyof typeof llmPresets;

export interface LlmPresetOptions extends HostedModelOptions {
  apiKey?: string | undefined;
  /** Instead of the preset's. */
  model?: string | undefined;
  /** Instead of the preset's: one or more, tried in order. */
  baseUrls?: readonly string[] | undefined;
  /** Instead of the preset's; only of those that speak Anthropic's API. */
  auth?: 'x-api-key' | 'bearer' | 'both' | undefined;
}

/** Throws a ParleyError for a missing key, or an address or a key that cannot be used. */
export function createPresetLlm(name: LlmPresetName, options: LlmPresetOptions): HostedModel {
  const preset: LlmPreset = llmPresets[name];
  const baseUrls = options.baseUrls?.length ? options.baseUrls : preset.baseUrls;
  // Another address may need none.
  const keyFrom = options.baseUrls?.length ? null : preset.keyFrom;
  if (keyFrom !== null && !options.apiKey?.trim()) throw keyMissing(preset.vendor, keyFrom);
  const common = {
    ...options,
    ...{ name, vendor: preset.vendor, baseUrls, model: options.model?.trim() || preset.model },
    place: placeOf(preset.place, baseUrls[0]!, options.baseUrls?.length ? 'another address' : null),
  };
  if (preset.api === 'openai') return createOpenAiChat({ ...common, dialect: preset.dialect });
  return createAnthropicMessages({ ...common, auth: options.auth ?? preset.auth });
}

/** People are told where their words go: with another address, that is another place. */
function placeOf(known: string, base: string, changed: string | null): string {
  if (!changed) return known;
  const host = URL.canParse(base) ? new URL(base).hostname : changed;
  return isThisMachine(host) ? ON_THIS_MACHINE : host;
}

const keyMissing = (vendor: string, keyFrom: string): ParleyError =>
  new ParleyError(`${vendor} needs a key`, {
    code: 'LLM_KEY_MISSING',
    remedy: `Get one at ${keyFrom} and set it.`,
  });
