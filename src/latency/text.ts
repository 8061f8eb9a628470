/** How figures are written for people: whole milliseconds in columns, and a dash for what is not known. */

/** Stands for a figure that is absent. */
export const ABSENT = '–';

/** Whole milliseconds; a dash for an absent figure. */
export const wholeMs = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? ABSENT : String(Math.round(ms) + 0);

/** US dollars, to a hundredth of a cent; a dash for what is not known. */
export function dollars(usd: number | null): string {
  if (usd === null) return ABSENT;
  return usd > 0 && usd < 0.00005 ? '<$0.0001' : `$${usd.toFixed(usd >= 1 || usd === 0 ? 2 : 4)}`;
}

/** A Discord code block, which keeps columns. `text` loses any fence of its own. */
export const codeBlock = (text: string): string => `\`\`\`\n${text.replaceAll('`', "'")}\n\`\`\``;

/** `text` cut to at most `length` characters, with an ellipsis where something is missing. */
export const shorten = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** A count in at most four characters: "950", "1.2k", "106k", "12M". */
export function shortCount(n: number): string {
  if (n < 1_000) return String(n);
  const [unit, letter] = n < 999_500 ? [1_000, 'k'] : [1_000_000, 'M'];
  return `${(n / unit).toFixed(n < unit * 9.95 ? 1 : 0)}${letter}`;
}

/** "1 turn", "12 turns". */
export const counted = (n: number, what = 'turn'): string => `${n} ${what}${n === 1 ? '' : 's'}`;
