/** Anthropic's Messages API on this machine, as strict about requests as the real one. */
import { type Asked, type Behaviour, type Fault, HttpVendor, type Reply, tokensOf } from './http-vendor.ts';

export interface AnthropicVendorOptions {
  behaviour?: (index: number) => Behaviour;
  /** What is answered, in tokens; of a text, each word is one. */
  answer?: (body: Readonly<Record<string, unknown>>) => string | readonly string[];
  key?: string;
  /** Which headers the key is taken from. */
  auth?: 'x-api-key' | 'bearer' | 'any';
  /** Besides those of Anthropic. */
  models?: readonly string[];
}

export const ANTHROPIC_KEY = 'sk-ant-api03-mock-Zx81';
export const ANSWER = 'It is noon — and the café is open. Shall I order “two” coffees? They are good.';

const MODELS = [
  'claude-haiku-5-5',
  'claude-sonnet-5-5',
  'claude-opus-5-5',
  'claude-sonnet-5',
  'claude-haiku-4-5',
];
/** Which kinds of thinking a model accepts. */
const THINKING: Readonly<Record<string, readonly string[]>> = {
  'claude-haiku-5-5': ['adaptive', 'disabled'],
  'claude-sonnet-5': ['adaptive', 'disabled'],
  'claude-sonnet-5-5': ['adaptive', 'between_tools'],
  'claude-opus-5-5': ['adaptive'],
};

/** Close it in the end. */
export async function startAnthropic(options: AnthropicVendorOptions = {}): Promise<HttpVendor> {
  const { behaviour } = options;
  return await new HttpVendor({
    behaviour,
    reply: (asked, fault) => replyTo(asked, fault, options),
    page: ({ path, headers }) => {
      const model = decodeURIComponent(/^\/v1\/models\/(.+)$/.exec(path)?.[1] ?? '');
      const refusal = keyRefusal(headers, options) ?? modelRefusal(model, options);
      return refusal ?? { status: 200, body: { type: 'model', id: model } };
    },
  }).listen();
}

const refuse = (status: number, type: string, message: string) => ({
  status,
  body: { type: 'error', error: { type, message }, request_id: 'req_011CSHoEeqs5C35K2UUqR7Fy' },
});

function keyRefusal(
  headers: Asked['headers'],
  { key = ANTHROPIC_KEY, auth = 'any' }: AnthropicVendorOptions,
) {
  const keys = { 'x-api-key': headers['x-api-key'], bearer: headers.authorization?.replace('Bearer ', '') };
  const given = auth === 'any' ? (keys['x-api-key'] ?? keys.bearer) : keys[auth];
  if (given !== key) return refuse(401, 'authentication_error', 'invalid x-api-key');
  if (headers['anthropic-version']) return null;
  return refuse(400, 'invalid_request_error', 'anthropic-version: header is required');
}

const modelRefusal = (model: string, { models = [] }: AnthropicVendorOptions) =>
  [...MODELS, ...models].some((known) => model === known || model.startsWith(`${known}-20`))
    ? null
    : refuse(404, 'not_found_error', `model: ${model}`);

function replyTo(
  { path, headers, body }: Asked,
  fault: Fault | undefined,
  options: AnthropicVendorOptions,
): Reply {
  const { answer = () => ANSWER } = options;
  if (path !== '/v1/messages') return refuse(404, 'not_found_error', 'Not found');
  const keyRefused = keyRefusal(headers, options);
  if (keyRefused) return keyRefused;
  if (!body || typeof body.max_tokens !== 'number') {
    return refuse(400, 'invalid_request_error', 'max_tokens: Field required');
  }
  const model = String(body.model);
  const modelRefused = modelRefusal(model, options);
  if (modelRefused) return modelRefused;
  const thinking = (body.thinking as { type?: string } | undefined)?.type;
  if (thinking && !(THINKING[model] ?? ['disabled', 'enabled']).includes(thinking)) {
    return refuse(
      400,
      'invalid_request_error',
      `"thinking.type.${thinking}" is not supported for this model.`,
    );
  }
  if ('temperature' in body) return refuse(400, 'invalid_request_error', '`temperature` may not be set.');
  const words = tokensOf(answer(body));
  const maxTokens = Number(body.max_tokens);
  return answerOf(
    model,
    body,
    words.slice(0, maxTokens),
    words.length > maxTokens ? 'max_tokens' : 'end_turn',
    fault,
  );
}

function answerOf(
  model: string,
  body: Readonly<Record<string, unknown>>,
  words: readonly string[],
  stopReason: string,
  fault: Fault | undefined,
): Reply {
  const prompt = JSON.stringify([body.system ?? '', body.messages]);
  const cached = prompt.includes('cache_control') ? Math.ceil(prompt.length / 4) : 0;
  const usage = {
    input_tokens: cached ? 12 : Math.ceil(prompt.length / 4),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: 1,
    service_tier: 'standard',
  };
  const thinks = fault === 'thinking' || fault === 'only thinking';
  const said = fault === 'refusal' || fault === 'only thinking' ? [] : words;
  const reason = fault === 'refusal' ? 'refusal' : fault === 'only thinking' ? 'max_tokens' : stopReason;
  const outputTokens = said.length + (thinks ? 20 : 0);
  const message = {
    ...{
      id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
      type: 'message',
      role: 'assistant',
      model,
      content: [] as unknown[],
    },
    ...{ stop_reason: null as string | null, stop_sequence: null, usage },
  };
  const head = [frame({ type: 'message_start', message }), frame({ type: 'ping' })];
  if (fault === 'error event') head.push(OVERLOADED);
  const thought = thinks ? thinkingBlock() : [];
  const index = thinks ? 1 : 0;
  const text = said.map((word) =>
    frame({ type: 'content_block_delta', index, delta: { type: 'text_delta', text: word } }),
  );
  if (fault === 'late error event') text.splice(2, text.length, OVERLOADED);
  const block = { type: 'content_block_start', index, content_block: { type: 'text', text: '' } };
  const before = [...head, ...thought, ...(said.length > 0 ? [frame(block)] : [])];
  const end = { delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: outputTokens } };
  const after = [
    ...(said.length > 0 ? [frame({ type: 'content_block_stop', index })] : []),
    frame({ type: 'message_delta', ...end }),
    frame({ type: 'message_stop' }),
  ];
  const content = [
    ...(thinks ? [{ type: 'thinking', thinking: 'The user wonders.', signature: 'EqQ=' }] : []),
    ...(said.length > 0 ? [{ type: 'text', text: said.join('') }] : []),
  ];
  const whole = {
    ...message,
    content,
    stop_reason: reason,
    usage: { ...usage, output_tokens: outputTokens },
  };
  return { frames: [...before, ...text, ...after], firstText: before.length, json: whole };
}

const frame = (event: { type: string; [field: string]: unknown }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

const OVERLOADED = frame({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });

const thinkingBlock = (): string[] => [
  frame({
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'thinking', thinking: '', signature: '' },
  }),
  frame({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'thinking_delta', thinking: 'The user wonders.' },
  }),
  frame({ type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqQ=' } }),
  frame({ type: 'content_block_stop', index: 0 }),
];
