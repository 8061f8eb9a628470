/**
 * What was asked of paid services, in the units that they bill. Work that was asked for twice counts twice: where the
 * vendor tells what it used, as it tells it; where it does not, as if it billed the try that came to nothing, which is
 * an estimate from above. Refusals count nothing.
 */

export interface Usage {
  /** Requests to a language model. */
  calls: number;
  /** Of these, cut short or lost before the model told what it had used: their tokens are an estimate. */
  estimatedCalls: number;
  /** Whole prompts: what was read from a cache and what was written to one included. */
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  /** Given to a voice; a clause that it was late with, or lost, is given twice. */
  characters: number;
  /** Given to a recogniser, in ms of audio: with the silence that it needs, and what was sent again after a loss. */
  audioMs: number;
}

export const NO_USAGE: Readonly<Usage> = {
  calls: 0,
  estimatedCalls: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  characters: 0,
  audioMs: 0,
};

const UNITS = Object.keys(NO_USAGE) as (keyof Usage)[];

export function addUsage(a: Usage, b: Partial<Usage>): Usage {
  const sum = { ...a };
  for (const unit of UNITS) sum[unit] += b[unit] ?? 0;
  return sum;
}

/** What a turn cost, drafts that were not used included. */
export interface TurnCost {
  usage: Usage;
  /** In whole billionths, which add up to the bill; null when the price of something is not known. */
  usd: number | null;
}
