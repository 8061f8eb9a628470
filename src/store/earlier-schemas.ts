/** What earlier versions wrote into `consent.json` and `spend.json`. */
import { z } from 'zod';
import type { Usage } from '../money/usage.ts';

export const consentSchema = z.object({
  version: z.literal(1),
  optedOut: z.array(z.string().regex(/^\d{1,20}$/)),
});

const amount = z.number().nonnegative();
const usageSchema = z.object({
  ...{ calls: amount, estimatedCalls: amount, inputTokens: amount, cachedInputTokens: amount },
  ...{ cacheWriteTokens: amount, outputTokens: amount, characters: amount, audioMs: amount },
}) satisfies z.ZodType<Usage>;
export const spendSchema = z.object({
  version: z.literal(1),
  day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  guilds: z.record(z.string(), z.record(z.string(), usageSchema)),
});
