/** Windows of time as people write them: "last hour", "today", "3h", "2 days". */
import { ParleyError } from '../base/errors.ts';

export interface TimeWindow {
  sinceUnixMs: number;
  /** Not in it any more. */
  untilUnixMs: number;
  /** As it stands in a sentence: "the last 3 hours". */
  name: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LONGEST_MS = 366 * DAY_MS;

const UNITS = [
  ['minute', MINUTE_MS, /^(m|mins?|minutes?)$/],
  ['hour', 60 * MINUTE_MS, /^(h|hrs?|hours?)$/],
  ['day', DAY_MS, /^(d|days?)$/],
  ['week', 7 * DAY_MS, /^(w|weeks?)$/],
  ['month', 30 * DAY_MS, /^(mo|months?)$/],
] as const;

const DEFAULT = '7 days';
const PROPOSED = ['last hour', 'today', '24 hours', '7 days', '30 days'];
/** What Discord shows at most. */
const MOST_PROPOSALS = 25;

/**
 * @param text as it was typed; null for the last seven days. Days are of UTC, as those of the bill.
 * Throws a ParleyError with examples for anything else.
 */
export function parseWindow(text: string | null, nowUnixMs: number): TimeWindow {
  const untilUnixMs = nowUnixMs + 1;
  const words = (text ?? DEFAULT)
    .trim()
    .toLowerCase()
    .replace(/^(the )?(last|past) /, '');
  if (words === 'today') {
    return { sinceUnixMs: Math.floor(nowUnixMs / DAY_MS) * DAY_MS, untilUnixMs, name: 'today (UTC)' };
  }
  const [, count = '1', unit = ''] = /^(\d{1,4}(?:\.\d)?)? ?([a-z]+)$/.exec(words) ?? [];
  const found = UNITS.find(([, , pattern]) => pattern.test(unit));
  const lengthMs = Number(count) * (found?.[1] ?? 0);
  if (!found || lengthMs < MINUTE_MS || lengthMs > LONGEST_MS) throw notAWindow(text ?? '');
  const name = Number(count) === 1 ? `the last ${found[0]}` : `the last ${Number(count)} ${found[0]}s`;
  return { sinceUnixMs: Math.max(0, nowUnixMs - Math.round(lengthMs)), untilUnixMs, name };
}

/** Proposals for what was typed so far: what it could become, then the usual ones. */
export function proposeWindows(typed: string): string[] {
  const words = typed.trim().toLowerCase();
  const own = /^\d{1,4}$/.test(words) ? [`${words} hours`, `${words} days`, `${words} minutes`] : [words];
  const usual = PROPOSED.filter((one) => one.includes(words));
  const all = [...own.filter((one) => one && isWindow(one)), ...usual];
  return [...new Set(all.length > 0 ? all : PROPOSED)].slice(0, MOST_PROPOSALS);
}

function isWindow(text: string): boolean {
  try {
    return parseWindow(text, LONGEST_MS) !== null;
  } catch {
    return false;
  }
}

const notAWindow = (text: string): ParleyError =>
  new ParleyError(`"${text.replaceAll(/[`@<>\n]/g, '').slice(0, 40)}" is no window of time that I know`, {
    code: 'BAD_WINDOW',
    remedy: 'Try "last hour", "today", "3h", "2d", "7 days" or "30 days"; a year is the most.',
  });

/** Widths of the points of a history, in minutes: round ones. */
const WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080];
/** More points than that are no longer told apart in a picture. */
const MOST_POINTS = 48;

/** How wide the points of a history are, in ms, and when the first begins: at a whole width, before the window or with it. */
export function historySpan({ sinceUnixMs, untilUnixMs }: TimeWindow): {
  sinceUnixMs: number;
  widthMs: number;
} {
  const minutes = (untilUnixMs - 1 - sinceUnixMs) / MINUTE_MS;
  const widthMs = (WIDTHS.find((width) => minutes / width <= MOST_POINTS) ?? 10_080) * MINUTE_MS;
  return { sinceUnixMs: Math.floor(sinceUnixMs / widthMs) * widthMs, widthMs };
}
