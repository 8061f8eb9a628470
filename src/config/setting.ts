/** What a setting is: one environment variable, and everything said of it anywhere. */
import { z } from 'zod';

export interface Setting<T = unknown> {
  /** One sentence for `.env.example` and the README. */
  what: string;
  /** The text used when the variable is absent or empty; empty means that there is no default. */
  default: string;
  /** A value that passes, or empty for a secret. */
  example: string;
  /** What the operator does when it is wrong. One sentence. */
  remedy: string;
  /** From the variable's text to its value. Messages continue the sentence "NAME ...", and never quote the text. */
  schema: z.ZodType<T, string>;
}

/** One of the given words. */
export const oneOf = <const T extends readonly [string, ...string[]]>(words: T) =>
  asText(z.enum(words, { error: `must be one of: ${words.join(', ')}` }));

/** `on` or `off`, in any of the usual spellings. */
export const onOff = z.string().transform((text, context) => {
  const word = text.toLowerCase();
  if (['on', 'true', 'yes', '1'].includes(word)) return true;
  if (['off', 'false', 'no', '0'].includes(word)) return false;
  context.addIssue({ code: 'custom', message: 'must be on or off' });
  return z.NEVER;
});

/** A whole number of milliseconds within the given bounds. */
export const wholeMs = (leastMs: number, mostMs: number) => whole('milliseconds', leastMs, mostMs);

/** A whole number of days within the given bounds. */
export const wholeDays = (least: number, most: number) => whole('days', least, most);

const whole = (unit: string, least: number, most: number) =>
  z.string().transform((text, context) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    context.addIssue({
      code: 'custom',
      message: `must be a whole number of ${unit} from ${least} to ${most}`,
    });
    return z.NEVER;
  });

/** Discord ids separated by commas; the empty text is the empty list. */
export const idList = z.string().transform((text, context) => {
  const ids = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const wrong = ids.findIndex((id) => !/^\d{1,20}$/.test(id));
  if (wrong === -1) return ids;
  context.addIssue({
    code: 'custom',
    message: `must be ids separated by commas; entry ${wrong + 1} is not one`,
  });
  return z.NEVER;
});

/** One word or more, separated by commas. */
export const wordList = z.string().transform((text, context) => {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
  if (words.length > 0) return words;
  context.addIssue('must name at least one');
  return z.NEVER;
});

/** Addresses of a service separated by commas, each without its trailing slash; the empty text is the empty list. */
export const addressList = z.string().transform((text, context) => {
  const addresses = text
    .split(',')
    .map((part) => part.trim().replace(/\/+$/, ''))
    .filter(Boolean);
  const wrong = addresses.findIndex((one) => !/^https?:\/\//i.test(one) || !URL.canParse(one));
  if (wrong === -1) return addresses;
  const message = `must be addresses that begin with http:// or https://; entry ${wrong + 1} is not one`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** A key as it goes into a header; null for the empty text. */
export const secretKey = z.string().transform((text, context) => {
  if (text === '') return null;
  if (/^[\x21-\x7e]{8,512}$/.test(text)) return text;
  context.addIssue({ code: 'custom', message: 'does not look like a key: it is too short, or holds spaces' });
  return z.NEVER;
});

/** An http or https address without its trailing slash; null for the empty text. */
export const optionalUrl = z.string().transform((text, context) => {
  if (text === '') return null;
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text.replace(/\/+$/, '');
  context.addIssue({ code: 'custom', message: 'must be an address that begins with http:// or https://' });
  return z.NEVER;
});

/** The address of a database on a PostgreSQL server; null for the empty text. */
export const postgresUrl = z.string().transform((text, context) => {
  if (text === '') return null;
  if (/^postgres(ql)?:\/\/[^/]+\/./i.test(text) && URL.canParse(text)) return text;
  const message = 'must be an address that begins with postgres:// and ends with the name of a database';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** An amount above nothing; null for the empty text. */
export const optionalAmount = z.string().transform((text, context) => {
  if (text === '') return null;
  const value = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  context.addIssue({ code: 'custom', message: 'must be an amount above 0, such as 1.50' });
  return z.NEVER;
});

/** A language as BCP 47 writes it, in its usual spelling; null for the empty text. */
export const optionalLanguage = z.string().transform((text, context) => {
  if (text === '') return null;
  // Names of languages ("english") pass for codes that are reserved.
  const [language] = /^[a-z]{2,3}(-[a-z\d]{1,8})*$/i.test(text) ? canonical(text) : [];
  if (language !== undefined) return language;
  context.addIssue({ code: 'custom', message: 'is not the code of a language, such as en or pt-BR' });
  return z.NEVER;
});

function canonical(text: string): readonly string[] {
  try {
    return Intl.getCanonicalLocales(text);
  } catch {
    return [];
  }
}

/** A TCP port; null for the empty text. */
export const optionalPort = z.string().transform((text, context) => {
  if (text === '') return null;
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 65_535) return value;
  context.addIssue({ code: 'custom', message: 'must be a port from 0 to 65535' });
  return z.NEVER;
});

/** A bot token's shape: three parts joined by dots. Whether it is valid, only Discord knows. */
export const botToken = z
  .string()
  .min(1, 'is missing')
  .regex(/^[\w=+/-]+(\.[\w=+/-]+){2}$/, 'does not look like a bot token (three parts joined by dots)');

/** Narrows the input of a schema to text, which is all that an environment holds. */
function asText<T>(schema: z.ZodType<T>): z.ZodType<T, string> {
  return z.string().pipe(schema as z.ZodType<T, string>);
}
