/** Models behind the chat completions API: OpenAI, Groq, Cerebras, Ollama, llama.cpp, and whoever else speaks it. */
import { endpoints, modelPage, usableKey } from './addresses.ts';
import { createHostedModel, type HostedModel, type HostedModelOptions } from './hosted-model.ts';
import type { LlmMessage, LlmRequest } from './llm.ts';
import { OpenAiReader } from './openai-reader.ts';

const TAIL = 'chat/completions';

/** How servers of this API differ. */
export interface OpenAiDialect {
  /** The name of the limit; OpenAI's newer models reject the old one. */
  limit: 'max_tokens' | 'max_completion_tokens';
  /** What else is sent for this model, so that it reasons as little as it can. */
  extra(model: string): Readonly<Record<string, unknown>>;
  /** Tokens allowed for reasoning that cannot be turned off, besides those of the answer; 0 for none. */
  reasoningTokens(model: string): number;
  /** The server loads the model when it is first asked: it is asked for a word when a room is joined. */
  loadsModel?: boolean;
}

/** What every server of this API should understand. */
export const PLAIN_DIALECT: OpenAiDialect = {
  limit: 'max_tokens',
  extra: () => ({}),
  reasoningTokens: () => 0,
};

export interface OpenAiChatOptions extends HostedModelOptions {
  /** As the settings call it. */
  name: string;
  /** Of the vendor, in messages. */
  vendor: string;
  place: string;
  /** Sent as a bearer token; local servers need none. */
  apiKey?: string | undefined;
  /** Base addresses: the next one is tried where one fails before its first word. All get the same key. */
  baseUrls: readonly string[];
  model: string;
  /** PLAIN_DIALECT unless given. */
  dialect?: OpenAiDialect;
}

/** Throws a ParleyError for an address or a key that cannot be used. */
export function createOpenAiChat(options: OpenAiChatOptions): HostedModel {
  const { name, vendor, place, model, dialect = PLAIN_DIALECT } = options;
  const key = usableKey(options.apiKey, vendor);
  const reasoningTokens = dialect.reasoningTokens(model);
  return createHostedModel(
    {
      ...{ name, vendor, place, model, secrets: [key], loadsModel: dialect.loadsModel ?? false },
      addresses: endpoints(options.baseUrls, TAIL, false),
      modelPage: (address) => modelPage(address, TAIL, model),
      headers: key ? { authorization: `Bearer ${key}` } : {},
      body: ({ system, messages, maxTokens }: LlmRequest) => ({
        model,
        messages: [...(system ? [{ role: 'system', content: system }] : []), ...alternating(messages)],
        [dialect.limit]: maxTokens + reasoningTokens,
        stream: true,
        stream_options: { include_usage: true },
        ...dialect.extra(model),
      }),
      reader: ({ maxTokens }, context) => new OpenAiReader(context, reasoningTokens > 0 ? maxTokens : null),
    },
    options,
  );
}

/** The templates of many local models refuse two messages of one side in a row, as when somebody spoke twice. */
function alternating(messages: readonly LlmMessage[]): LlmMessage[] {
  const merged: LlmMessage[] = [];
  for (const { role, content } of messages) {
    const last = merged.at(-1);
    if (last?.role === role) merged[merged.length - 1] = { role, content: `${last.content}\n${content}` };
    else merged.push({ role, content });
  }
  return merged;
}
