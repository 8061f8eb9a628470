/** Money in whole numbers: sums are equal to the last digit, in whatever order they are made. */
import type { Rates } from './prices.ts';
import type { Usage } from './usage.ts';

/**
 * In parts of which a millionth of a dollar has 288,000,000: prices are told in whole millionths, and those for a
 * million tokens, for a thousand characters and for an hour of sixteenths of a millisecond all come out even.
 */
export type Amount = bigint;

const PARTS_PER_MICRO = 288_000_000n;
const PER_TOKEN = PARTS_PER_MICRO / 1_000_000n;
const PER_CHARACTER = PARTS_PER_MICRO / 1_000n;
/** Of sound: a sample at 16 kHz. */
const PER_SAMPLE = PARTS_PER_MICRO / 57_600_000n;
const SAMPLES_PER_MS = 16;
const PARTS_PER_NANO = PARTS_PER_MICRO / 1_000n;
const NANOS_PER_USD = 1e9;

const whole = (count: number): bigint => BigInt(Math.round(count));
const micros = (usd: number): bigint => whole(usd * 1e6);

/** The bill for this usage. Prices count to a millionth of a dollar. */
export function costOf(usage: Usage, rates: Rates): Amount {
  const { inputPerMillion = 0, outputPerMillion = 0, perThousandCharacters = 0, perAudioHour = 0 } = rates;
  const { cachedInputPerMillion = inputPerMillion, cacheWritePerMillion = inputPerMillion } = rates;
  const plainTokens = usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens;
  const tokens =
    whole(plainTokens) * micros(inputPerMillion) +
    whole(usage.cachedInputTokens) * micros(cachedInputPerMillion) +
    whole(usage.cacheWriteTokens) * micros(cacheWritePerMillion) +
    whole(usage.outputTokens) * micros(outputPerMillion);
  return (
    tokens * PER_TOKEN +
    whole(usage.characters) * micros(perThousandCharacters) * PER_CHARACTER +
    whole(usage.audioMs * SAMPLES_PER_MS) * micros(perAudioHour) * PER_SAMPLE +
    whole(usage.calls) * micros(rates.perCall ?? 0) * PARTS_PER_MICRO
  );
}

/** Whole billionths of a dollar, rounded down. */
export const nanosOf = (amount: Amount): number => Number(amount / PARTS_PER_NANO);

/** For people and reports. */
export const usdOfNanos = (nanos: number): number => nanos / NANOS_PER_USD;

/** To a millionth. */
export const amountOfUsd = (usd: number): Amount => micros(usd) * PARTS_PER_MICRO;
