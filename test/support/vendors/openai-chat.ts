/** The chat completions API on this machine, in the ways of OpenAI, Groq or a local server. */
import { type Asked, type Behaviour, type Fault, HttpVendor, type Reply, tokensOf } from './http-vendor.ts';

export interface OpenAiVendorOptions {
  behaviour?: (index: number) => Behaviour;
  /** What is answered, in tokens; of a text, each word is one. */
  answer?: (body: Readonly<Record<string, unknown>>) => string | readonly string[];
  key?: string;
  /** Groq tells usage in its own place too; local servers need no key and may leave out the last line. */
  kind?: 'openai' | 'groq' | 'local';
  models?: readonly string[];
}

export const OPENAI_KEY = 'sk-proj-mock-Qy42tt';
const ANSWER = 'It is noon — and the café is open. Shall I order “two” coffees? They are good.';

/** Close it in the end. */
export async function startOpenAi(options: OpenAiVendorOptions = {}): Promise<HttpVendor> {
  const { behaviour } = options;
  return await new HttpVendor({
    behaviour,
    reply: (asked, fault) => replyTo(asked, fault, options),
    page: ({ path, headers }) => {
      const model = decodeURIComponent(/^\/v1\/models\/(.+)$/.exec(path)?.[1] ?? '');
      return refusalOf(model, headers, options) ?? { status: 200, body: { id: model, object: 'model' } };
    },
  }).listen();
}

const refuse = (status: number, message: string, type: string, code: string | null) => ({
  status,
  body: { error: { message, type, param: null, code } },
});

/** What is wrong with key or model; null for nothing. */
function refusalOf(model: string, headers: Asked['headers'], options: OpenAiVendorOptions) {
  const { key = OPENAI_KEY, kind = 'openai', models = ['gpt-6-luna'] } = options;
  const given = headers.authorization?.replace('Bearer ', '');
  if (kind !== 'local' && given !== key) {
    const message = `Incorrect API key provided: ${given}. You can find your API key in your account.`;
    return refuse(401, message, 'invalid_request_error', 'invalid_api_key');
  }
  if (kind === 'local' || models.includes(model)) return null;
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return refuse(404, message, 'invalid_request_error', 'model_not_found');
}

function replyTo(
  { path, headers, body }: Asked,
  fault: Fault | undefined,
  options: OpenAiVendorOptions,
): Reply {
  const { kind = 'openai', answer = () => ANSWER } = options;
  if (path !== '/v1/chat/completions')
    return refuse(404, `Invalid URL (POST ${path})`, 'invalid_request_error', null);
  const refusal = refusalOf(String(body?.model), headers, options);
  if (refusal) return refusal;
  if (kind === 'openai' && body && 'max_tokens' in body) {
    const message = "Unsupported parameter: 'max_tokens' is not supported with this model.";
    return refuse(400, message, 'invalid_request_error', 'unsupported_parameter');
  }
  const limit = Number(body?.max_tokens ?? body?.max_completion_tokens ?? 1_000);
  const words = tokensOf(answer(body ?? {}));
  const reason = words.length > limit ? 'length' : 'stop';
  return answerOf(body ?? {}, words.slice(0, limit), reason, kind, fault);
}

function answerOf(
  body: Readonly<Record<string, unknown>>,
  words: readonly string[],
  finish: string,
  kind: string,
  fault: Fault | undefined,
): Reply {
  const thinks = fault === 'thinking' || fault === 'only thinking';
  const said = fault === 'only thinking' || fault === 'refusal' ? [] : words;
  const reason = fault === 'refusal' ? 'content_filter' : fault === 'only thinking' ? 'length' : finish;
  const usage = {
    prompt_tokens: Math.ceil(JSON.stringify(body.messages).length / 4),
    completion_tokens: said.length + (thinks ? 20 : 0) || 1,
    total_tokens: 0,
    prompt_tokens_details: { cached_tokens: 8 },
  };
  const head = { id: 'chatcmpl-123', object: 'chat.completion.chunk', created: 1, model: body.model };
  const chunk = (delta: unknown, finishReason: string | null = null, more: object = {}) =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason: finishReason }], ...more })}\n\n`;
  // Both names of the field are in use.
  const thought = thinks ? [chunk({ reasoning: 'The user' }), chunk({ reasoning_content: ' wonders.' })] : [];
  const before = [chunk({ role: 'assistant', content: '' }), ...thought];
  const failed = `data: ${JSON.stringify({ error: { message: 'The server had an error', type: 'server_error' } })}\n\n`;
  if (fault === 'error event') before.push(failed);
  const text = said.map((word) => chunk({ content: word }));
  if (fault === 'late error event') text.splice(2, text.length, failed);
  const asksUsage = (body.stream_options as { include_usage?: boolean } | undefined)?.include_usage === true;
  const groq = kind === 'groq' ? { x_groq: { id: 'req_1', usage: { ...usage, queue_time: 0.01 } } } : {};
  const tells =
    asksUsage && kind !== 'groq' ? [`data: ${JSON.stringify({ ...head, choices: [], usage })}\n\n`] : [];
  const after = [chunk({}, reason, groq), ...tells, ...(kind === 'local' ? [] : ['data: [DONE]\n\n'])];
  const message = { role: 'assistant', content: said.join('') };
  const whole = {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: reason }],
    usage,
  };
  return { frames: [...before, ...text, ...after], firstText: before.length, json: whole };
}
