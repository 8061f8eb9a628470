/** How Claude models differ in what matters here: thinking, the tokeniser, and from what length a prompt is cached. */

/**
 * What is sent as `thinking` so that the model begins to write at once. `nothing`: it does not think unless asked.
 * `always`: it cannot be kept from thinking, only told to think little.
 */
export type Thinking = 'nothing' | 'disabled' | 'between_tools' | 'always';

export interface ModelTraits {
  thinking: Thinking;
  /** A shorter prefix is silently not cached. */
  cacheMinimumTokens: number;
  charactersPerToken: number;
}

/** From Opus 4.7 on, the same text counts as about 30 % more tokens. */
const OLD_TOKENS = 4;
const NEW_TOKENS = 3;

/**
 * The latest first, as a shorter id begins a longer one. From platform.claude.com/docs: migration guides (thinking)
 * and prompt caching (minimums), as of 2026-11; Opus 4.7 is told with 2,048 and with 4,096.
 */
const TRAITS: readonly (readonly [
  id: string,
  thinking: Thinking,
  cacheMinimumTokens: number,
  perToken: number,
])[] = [
  ['claude-haiku-5-5', 'disabled', 512, NEW_TOKENS],
  ['claude-sonnet-5-5', 'between_tools', 512, NEW_TOKENS],
  ['claude-opus-5-5', 'always', 512, NEW_TOKENS],
  ['claude-fable-5', 'always', 512, NEW_TOKENS],
  ['claude-sonnet-5', 'disabled', 1_024, NEW_TOKENS],
  ['claude-opus-5', 'disabled', 512, NEW_TOKENS],
  ['claude-opus-4-8', 'nothing', 1_024, NEW_TOKENS],
  ['claude-opus-4-7', 'nothing', 4_096, NEW_TOKENS],
  ['claude-opus-4-6', 'nothing', 4_096, OLD_TOKENS],
  ['claude-opus-4-5', 'nothing', 4_096, OLD_TOKENS],
  ['claude-sonnet-4-6', 'nothing', 1_024, OLD_TOKENS],
  ['claude-sonnet-4-5', 'nothing', 1_024, OLD_TOKENS],
  ['claude-haiku-4-5', 'nothing', 4_096, OLD_TOKENS],
];

/** Of a model that is not known nothing is asked that another might reject. */
const UNKNOWN: ModelTraits = {
  thinking: 'nothing',
  cacheMinimumTokens: 4_096,
  charactersPerToken: OLD_TOKENS,
};

/** @param model an id, also one with a date, or behind the name of a vendor: "anthropic/claude-haiku-4-5-20251001". */
export function traitsOf(model: string): ModelTraits {
  const id = model.split('/').at(-1)!;
  const found = TRAITS.find(([known]) => id === known || id.startsWith(`${known}-`));
  if (!found) return UNKNOWN;
  const [, thinking, cacheMinimumTokens, charactersPerToken] = found;
  return { thinking, cacheMinimumTokens, charactersPerToken };
}

export interface Cacheable {
  cacheable: boolean;
  /** Of the prefix; an estimate. */
  tokens: number;
  /** The model's. */
  minimumTokens: number;
}

/** Whether this model would cache a prompt that begins with this text. */
export function cacheable(model: string, prefix: string): Cacheable {
  const { cacheMinimumTokens, charactersPerToken } = traitsOf(model);
  const tokens = Math.ceil(prefix.length / charactersPerToken);
  return { cacheable: tokens >= cacheMinimumTokens, tokens, minimumTokens: cacheMinimumTokens };
}
