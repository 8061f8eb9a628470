/** Prices of one's own: a JSON file in the shape of the table of prices, which it adds to and replaces. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ParleyError } from '../base/errors.ts';
import { PRICES, type Rates } from './prices.ts';

/** Bills are made in whole millionths: what is finer would be rounded in silence. */
const inMillionths = (usd: number): boolean => Math.abs(usd * 1e6 - Math.round(usd * 1e6)) < 1e-3;
const usd = z
  .number()
  .nonnegative()
  .max(10_000)
  .refine(inMillionths, 'has more than six decimals')
  .optional();
const fileSchema = z.record(
  z.string().regex(/^[^/]+\/.+$/),
  z.strictObject({
    ...{ inputPerMillion: usd, cachedInputPerMillion: usd, cacheWritePerMillion: usd, outputPerMillion: usd },
    ...{ perThousandCharacters: usd, perAudioHour: usd, perCall: usd },
    ...{ asOf: z.string().optional(), source: z.string().optional() },
  }),
);

/** The table with what the file changes; the table alone for null. Rejects with a ParleyError (`PRICES_FILE`). */
export async function loadPrices(path: string | null): Promise<Readonly<Record<string, Rates>>> {
  if (path === null) return PRICES;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unusable('cannot be read', cause);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unusable('is no JSON');
  }
  const { success, data, error } = fileSchema.safeParse(json);
  if (success) return { ...PRICES, ...data };
  const { path: at = [], message = '' } = error.issues[0] ?? {};
  throw unusable(`is wrong at ${at.join(' > ') || 'its top'}: ${message}`);
}

const unusable = (what: string, cause?: unknown): ParleyError =>
  new ParleyError(`The file of prices ${what}`, {
    code: 'PRICES_FILE',
    remedy:
      'Write PRICES_FILE as {"anthropic/claude-haiku-5-5": {"inputPerMillion": 0.1, "outputPerMillion": 0.5}}, in USD, or leave it empty.',
    cause,
  });
