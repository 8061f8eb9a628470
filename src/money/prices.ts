/** What the services cost: list prices in USD with their date and source. */

/** Prices in USD; what is absent costs nothing, except that cached tokens cost as others do unless told. */
export interface Rates {
  inputPerMillion?: number | undefined;
  cachedInputPerMillion?: number | undefined;
  cacheWritePerMillion?: number | undefined;
  outputPerMillion?: number | undefined;
  perThousandCharacters?: number | undefined;
  perAudioHour?: number | undefined;
  perCall?: number | undefined;
}

export interface Price extends Rates {
  /** When it was seen there, as YYYY-MM or YYYY-MM-DD. */
  asOf: string;
  source: string;
}

const HERE: Price = { asOf: '2026-11-23', source: 'runs on your machine' };

const anthropic = (input: number, output: number, cached: number, source: string, asOf: string): Price => ({
  ...{ inputPerMillion: input, outputPerMillion: output, cachedInputPerMillion: cached },
  // Cached for five minutes: a quarter more than the plain price.
  ...{ cacheWritePerMillion: input * 1.25, source, asOf },
});
const CLAUDE_PRICING = 'platform.claude.com/docs, pricing';

const OPENAI_MODELS = 'developers.openai.com/api/docs/models';
const ELEVENLABS =
  'elevenlabs.io/pricing/api, as told by developer.puter.com/tutorials/elevenlabs-api-pricing';
const SCRIBE = 'elevenlabs.io, as told by opentranscription.io/blog/scribe-v2-realtime-by-elevenlabs-profile';
const OPENROUTER = 'openrouter.ai/qwen/qwen3.8-27b/providers, as told by tgarg01/silybench-data';
const GROQ = 'console.groq.com/docs/models, as told by braintrustdata/braintrust-proxy';
const CEREBRAS = 'api.cerebras.ai/public/v1/models, as told by harn-vm 0.8.113';
const DEEPGRAM = 'deepgram.com/pricing, as told by llmreference.com';

/**
 * By "vendor/model", for prompts of ordinary length (Haiku 5.5 up to 100,000 tokens, GPT-6 up to 272,000). Taxes, free
 * allowances and discounts are not in them; a file of one's own can put that right.
 */
export const PRICES: Readonly<Record<string, Price>> = {
  'embedded/*': HERE,
  'ollama/*': HERE,
  'llamacpp/*': HERE,
  'anthropic/claude-haiku-5-5': anthropic(0.1, 0.5, 0.01, CLAUDE_PRICING, '2026-10-24'),
  'anthropic/claude-haiku-4-5': anthropic(1, 5, 0.1, CLAUDE_PRICING, '2026-10-24'),
  'anthropic/claude-opus-5-5': anthropic(4, 20, 0.2, CLAUDE_PRICING, '2026-11'),
  'anthropic/claude-opus-5': anthropic(5, 25, 0.5, CLAUDE_PRICING, '2026-11'),
  'anthropic/claude-sonnet-5-5': anthropic(2, 10, 0.1, CLAUDE_PRICING, '2026-10-24'),
  'anthropic/claude-sonnet-5': anthropic(2, 10, 0.2, CLAUDE_PRICING, '2026-10-24'),
  'anthropic/claude-sonnet-4-6': anthropic(3, 15, 0.3, CLAUDE_PRICING, '2026-10-24'),
  // 6,000 units of USDC, which has six decimals, in its answer to a request without payment.
  'aipaygent/*': { perCall: 0.006, asOf: '2026-03-15', source: 'api.aipaygent.xyz, its body of status 402' },
  'openai/gpt-6-luna': {
    ...{
      inputPerMillion: 0.1,
      cachedInputPerMillion: 0.01,
      cacheWritePerMillion: 0.125,
      outputPerMillion: 0.5,
    },
    ...{ asOf: '2026-11', source: OPENAI_MODELS },
  },
  'openai/gpt-5.6-luna': {
    ...{
      inputPerMillion: 0.2,
      cachedInputPerMillion: 0.02,
      cacheWritePerMillion: 0.25,
      outputPerMillion: 1.2,
    },
    ...{ asOf: '2026-11', source: OPENAI_MODELS },
  },
  'groq/openai/gpt-oss-120b': {
    ...{ inputPerMillion: 0.15, outputPerMillion: 0.6, asOf: '2026-05', source: GROQ },
  },
  'cerebras/gpt-oss-120b': {
    ...{ inputPerMillion: 0.35, outputPerMillion: 0.75, asOf: '2026-06', source: CEREBRAS },
  },
  'cerebras/qwen-3.8-27b': {
    ...{ inputPerMillion: 0.99, outputPerMillion: 1.49, asOf: '2026-10-19', source: OPENROUTER },
  },
  'openai/gpt-transcribe': { perAudioHour: 0.27, asOf: '2026-11', source: OPENAI_MODELS },
  // 0.39, and a fifth more for keyterms, which are always sent: the names of agent, channel and speakers.
  'elevenlabs/scribe_v2_realtime': { perAudioHour: 0.468, asOf: '2026-07', source: SCRIBE },
  'elevenlabs/eleven_flash_v2_5': { perThousandCharacters: 0.05, asOf: '2026-06', source: ELEVENLABS },
  'elevenlabs/eleven_turbo_v2_5': { perThousandCharacters: 0.05, asOf: '2026-06', source: ELEVENLABS },
  'elevenlabs/eleven_multilingual_v2': { perThousandCharacters: 0.1, asOf: '2026-06', source: ELEVENLABS },
  'deepgram/flux-general-en': { perAudioHour: 0.39, asOf: '2026-06-07', source: DEEPGRAM },
  'deepgram/flux-general-multi': { perAudioHour: 0.468, asOf: '2026-06-07', source: DEEPGRAM },
};

/** A service that is paid for: who, and which of its models or voices' models. */
export interface Service {
  vendor: string;
  model: string;
  /** It runs on this machine: free, unless the table knows the model, as what listens here may ask a vendor. */
  here?: boolean;
}

export const serviceName = ({ vendor, model }: Service): string => `${vendor}/${model}`;

/** The rates of a service, whose model may end in a date ("-20251001"); null when nobody knows them. */
export function ratesOf(service: Service, prices: Readonly<Record<string, Rates>> = PRICES): Rates | null {
  const name = serviceName(service);
  const undated = name.replace(/-20\d\d-?\d\d-?\d\d$/, '');
  return prices[name] ?? prices[undated] ?? prices[`${service.vendor}/*`] ?? (service.here ? HERE : null);
}

export const isFree = (rates: Rates): boolean =>
  Object.values(rates).every((rate) => typeof rate !== 'number' || rate === 0);
