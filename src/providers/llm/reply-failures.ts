/** What a refusal over HTTP means: a status and a body, of whatever shape the server gave it. */
import { ParleyError, type ParleyErrorOptions } from '../../base/errors.ts';
import { modelNotice } from './model-notices.ts';
import { isRecord, parsedJson, textAt } from './untrusted.ts';

/** A vendor's own words in a message of ours. */
const MAX_SAID = 200;

export interface Refusal {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface RefusalContext {
  /** Of the vendor, in messages. */
  name: string;
  /** Where it was asked, as host and path. */
  address: string;
  model: string;
  /** Must not come up in a message: the key, and what people said. */
  secrets: readonly string[];
}

/** What a server says of an error: in the body of a refusal, or within a stream. */
interface VendorError {
  /** The vendor's name for it, lower case: "overloaded_error", "model_not_found", "not_found". */
  kinds: readonly string[];
  message: string;
  payment: boolean;
  page: boolean;
}

export function refusalFailure(refusal: Refusal, context: RefusalContext): ParleyError {
  const { status, headers, body } = refusal;
  const said = readVendorError(body);
  if (status >= 300 && status < 400) return redirected(headers.location ?? '', context);
  return vendorFailure(status, said, context);
}

/** An error that came within a reply whose status was 200. */
export function streamedFailure(error: unknown, context: RefusalContext): ParleyError {
  const said = describe(error);
  return vendorFailure(statusOf(said.kinds), said, context);
}

/**
 * What the vendor's page about the model says against key or model; null when nothing is sure: many servers have no
 * such page, and a key may be good for answers and not for pages.
 */
export function pageFailure(page: Refusal, context: RefusalContext): ParleyError | null {
  if (page.status < 400 || /scope|permission/i.test(page.body)) return null;
  const failure = refusalFailure(page, context);
  if (failure.code === 'LLM_MODEL_UNKNOWN') return page.body.includes(context.model) ? failure : null;
  return ['LLM_KEY_REFUSED', 'LLM_NO_CREDIT'].includes(failure.code) ? failure : null;
}

/** How long the server asks to be left alone, in ms; null when it does not say. Dates are not understood. */
export function retryAfterMs({ headers, body }: Refusal): number | null {
  const ms = Number.parseFloat(headers['retry-after-ms'] ?? '');
  if (Number.isFinite(ms)) return Math.max(0, ms);
  const parsed = parsedJson(body);
  const inBody = isRecord(parsed) ? Number(parsed.retry_after_seconds ?? Number.NaN) : Number.NaN;
  const header = headers['retry-after'] ?? '';
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : inBody;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : null;
}

function vendorFailure(status: number, said: VendorError, context: RefusalContext): ParleyError {
  const { name, address, model } = context;
  const fail = (what: string, options: ParleyErrorOptions) =>
    new ParleyError(`${name}: ${what}${quoted(said, context)}`, options);
  const is = (pattern: RegExp) => said.kinds.some((kind) => pattern.test(kind)) || pattern.test(said.message);
  if (status === 402 || said.payment) {
    const remedy = `Add prepaid credit for the key at ${address}, or set another LLM; nothing is ever paid by itself.`;
    return fail('it wants to be paid (402)', { code: 'LLM_PAYMENT_REQUIRED', remedy });
  }
  // Of a rate limit, too, some vendors say where billing is: only the plain words count.
  if (is(/^(insufficient_quota|billing_error)$|credit balance is too low|exceeded your current quota/i)) {
    return fail('the account has no credit left', {
      code: 'LLM_NO_CREDIT',
      remedy: `Add credit at ${name}.`,
    });
  }
  if (status === 401) {
    const remedy = `Check the key of ${name}: copied whole, not expired, and meant for ${address}.`;
    return fail('the key was refused (401)', { code: 'LLM_KEY_REFUSED', remedy });
  }
  if (is(/model_not_found|model_decommissioned|model.*(not found|does not exist|decommissioned)|^model:/i)) {
    return fail(`there is no model ${model}`, { code: 'LLM_MODEL_UNKNOWN', remedy: modelRemedy(context) });
  }
  if (status === 404 || status === 405) {
    if (is(/^not_found_error$/)) {
      return fail(`there is no model ${model}`, { code: 'LLM_MODEL_UNKNOWN', remedy: modelRemedy(context) });
    }
    const remedy = 'Check the address: this server does not offer that API there.';
    return fail(`there is nothing at ${address} (${status})`, { code: 'LLM_NO_SUCH_ROUTE', remedy });
  }
  if (status === 429) {
    const remedy = 'Wait, or raise the limit of the account; speculation set to off asks less often.';
    return fail('too many requests (429)', { code: 'LLM_RATE_LIMITED', remedy, retryable: true });
  }
  if (status === 529 || is(/overloaded/i)) {
    const remedy = 'Wait a little; if it stays, choose another model.';
    return fail('it is overloaded', { code: 'LLM_OVERLOADED', remedy, retryable: true });
  }
  if (status === 503 && is(/loading model/i)) {
    const remedy = 'Wait until the server has loaded the model.';
    return fail('it is still loading the model', { code: 'LLM_LOADING', remedy, retryable: true });
  }
  if (status === 403) {
    const remedy = `Check at ${name} that the key may use ${model}, from this country.`;
    return fail('the key may not do that (403)', { code: 'LLM_FORBIDDEN', remedy });
  }
  if (status === 408 || status >= 500) {
    const remedy = `Nothing, if it happens seldom; else look at the status page of ${name}.`;
    return fail(`it failed (${status})`, { code: 'LLM_SERVER_ERROR', remedy, retryable: true });
  }
  if (status >= 400) {
    const remedy = `Check that ${model} belongs to ${name} and takes the settings; the message says which not.`;
    return fail(`it did not accept the request (${status})`, { code: 'LLM_BAD_REQUEST', remedy });
  }
  const remedy = 'Check that the address belongs to an API of the kind that is set, not to a web site.';
  return fail(`${address} answered with ${said.page ? 'a web page' : 'something else'}`, {
    ...{ code: 'LLM_NOT_AN_API', remedy },
  });
}

function redirected(location: string, { name, address }: RefusalContext): ParleyError {
  const host = URL.canParse(location) ? new URL(location).host : 'elsewhere';
  return new ParleyError(`${name}: ${address} points to ${host}, where the key was not sent`, {
    code: 'LLM_REDIRECTED',
    remedy: `If ${host} is right, set it as the address.`,
  });
}

function modelRemedy({ model, name, address }: RefusalContext): string {
  const notice = modelNotice(model);
  if (notice?.replacement)
    return `${model} is gone (${notice.onDate}): set the model to ${notice.replacement}.`;
  return `Set a model that ${name} lists for ${address}; for Ollama, pull it first.`;
}

/** The vendor's words, shortened, without the key or what people said. */
function quoted({ message }: VendorError, { secrets }: RefusalContext): string {
  let text = message.replaceAll(/\s+/g, ' ').trim();
  for (const secret of secrets) if (secret.length > 3) text = text.replaceAll(secret, '[withheld]');
  // Vendors quote keys, half blotted out.
  text = text.replaceAll(/\b(sk|apk|gsk|csk)[-_][\w*.-]{4,}/g, '[withheld]');
  if (!text) return '';
  return `: ${text.length > MAX_SAID ? `${text.slice(0, MAX_SAID)}...` : text}`;
}

function readVendorError(body: string): VendorError {
  const parsed = parsedJson(body);
  if (parsed !== undefined) return describe(parsed);
  return { kinds: [], message: '', payment: false, page: /^\s*</.test(body) };
}

/** Anthropic's, OpenAI's, Ollama's, llama.cpp's and AiPayGent's shapes. */
function describe(body: unknown): VendorError {
  const outer = isRecord(body) ? body : {};
  const error = outer.error;
  const inner = isRecord(error) ? error : {};
  const kinds = [textAt(inner, 'type'), textAt(inner, 'code'), textAt(outer, 'type')];
  const plain = typeof error === 'string' ? error : '';
  // One word is a name, more are a message.
  if (/^\w+$/.test(plain)) kinds.push(plain);
  const message = textAt(inner, 'message') || textAt(outer, 'message') || (/\s/.test(plain) ? plain : '');
  const payment = 'x402' in outer || 'payment_options' in outer;
  return { kinds: kinds.filter(Boolean).map((kind) => kind.toLowerCase()), message, payment, page: false };
}

const STATUS_OF_KIND: readonly (readonly [RegExp, number])[] = [
  [/overloaded/, 529],
  [/rate_limit/, 429],
  [/authentication|invalid_api_key/, 401],
  [/permission/, 403],
  [/not_found/, 404],
  [/invalid_request/, 400],
  [/billing|payment/, 402],
];

const statusOf = (kinds: readonly string[]): number =>
  STATUS_OF_KIND.find(([pattern]) => kinds.some((kind) => pattern.test(kind)))?.[1] ?? 500;
