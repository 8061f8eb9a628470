/** Windows of time as people write them: "last hour", "today", "3h", "2 days", "2026-11-20", "2026-11-20..2026-11-22". */
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
const PROPOSED = ['last hour', 'today', 'yesterday', '24 hours', '7 days', '30 days'];
/** So many days are proposed by their dates. */
const DATES_PROPOSED = 7;
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
    return { sinceUnixMs: dayStart(nowUnixMs), untilUnixMs, name: 'today (UTC)' };
  }
  if (words === 'yesterday') {
    const today = dayStart(nowUnixMs);
    return { sinceUnixMs: today - DAY_MS, untilUnixMs: today, name: 'yesterday (UTC)' };
  }
  const dated = datedWindow(words, untilUnixMs);
  if (dated) return dated;
  const [, count = '1', unit = ''] = /^(\d{1,4}(?:\.\d)?)? ?([a-z]+)$/.exec(words) ?? [];
  const found = UNITS.find(([, , pattern]) => pattern.test(unit));
  const lengthMs = Number(count) * (found?.[1] ?? 0);
  if (!found || lengthMs < MINUTE_MS || lengthMs > LONGEST_MS) throw notAWindow(text ?? '');
  const name = Number(count) === 1 ? `the last ${found[0]}` : `the last ${Number(count)} ${found[0]}s`;
  return { sinceUnixMs: Math.max(0, nowUnixMs - Math.round(lengthMs)), untilUnixMs, name };
}

const dayStart = (unixMs: number): number => Math.floor(unixMs / DAY_MS) * DAY_MS;
const dateOf = (unixMs: number): string => new Date(unixMs).toISOString().slice(0, 10);

/** "2026-11-20", "2026-11-20..2026-11-22", "2026-11-20 08:00..2026-11-20 12:00"; null for what is no such window, or is not over. */
function datedWindow(words: string, latestUnixMs: number): TimeWindow | null {
  const [from, to = from, ...rest] = words.split('..').map((part) => part.trim());
  const [first, last] = [instantOf(from ?? ''), instantOf(to ?? '')];
  if (!first || !last || rest.length > 0) return null;
  const sinceUnixMs = first.unixMs;
  // A day is meant as a whole, also as the last of several.
  const untilUnixMs = Math.min(latestUnixMs, last.unixMs + (last.isDay ? DAY_MS : 0));
  if (sinceUnixMs >= untilUnixMs || untilUnixMs - sinceUnixMs > LONGEST_MS) return null;
  const name = first.text === last.text ? first.text : `${first.text} to ${last.text}`;
  return { sinceUnixMs, untilUnixMs, name: `${name} (UTC)` };
}

/** A window as it can be typed, in whole minutes: it holds all of the given time. */
export function rangeText(sinceUnixMs: number, untilUnixMs: number): string {
  const text = (minute: number) => new Date(minute * MINUTE_MS).toISOString().slice(0, 16).replace('T', ' ');
  return `${text(Math.floor(sinceUnixMs / MINUTE_MS))}..${text(Math.ceil(untilUnixMs / MINUTE_MS))}`;
}

/** A day, or a minute of one; null for what no calendar knows. */
function instantOf(text: string): { unixMs: number; isDay: boolean; text: string } | null {
  const [, date, time] = /^(\d{4}-\d\d-\d\d)(?:[ t](\d\d:\d\d))?$/.exec(text) ?? [];
  if (date === undefined) return null;
  const unixMs = Date.parse(`${date}T${time ?? '00:00'}Z`);
  if (Number.isNaN(unixMs) || dateOf(unixMs) !== date) return null;
  return { unixMs, isDay: time === undefined, text: time === undefined ? date : `${date} ${time}` };
}

/** Proposals for what was typed so far: what it could become, then the usual ones. */
export function proposeWindows(typed: string, nowUnixMs: number): string[] {
  const words = typed.trim().toLowerCase();
  const own = /^\d{1,4}$/.test(words) ? [`${words} hours`, `${words} days`, `${words} minutes`] : [words];
  const usual = PROPOSED.filter((one) => one.includes(words));
  const all = [
    ...own.filter((one) => one && isWindow(one, nowUnixMs)),
    ...usual,
    ...proposeDates(words, nowUnixMs),
  ];
  return [...new Set(all.length > 0 ? all : PROPOSED)].slice(0, MOST_PROPOSALS);
}

/** The last days where a date seems to be meant, and ranges up to them where one is typed. */
function proposeDates(words: string, nowUnixMs: number): string[] {
  if (words.length < 2) return [];
  const dates = Array.from({ length: DATES_PROPOSED }, (_, days) => dateOf(nowUnixMs - days * DAY_MS));
  const from = /^\d{4}-\d\d-\d\d/.exec(words)?.[0];
  const all = from ? dates.filter((date) => date > from).map((date) => `${from}..${date}`) : dates;
  return all.filter((one) => one.startsWith(words) && isWindow(one, nowUnixMs));
}

function isWindow(text: string, nowUnixMs: number): boolean {
  try {
    return parseWindow(text, nowUnixMs) !== null;
  } catch {
    return false;
  }
}

const notAWindow = (text: string): ParleyError =>
  new ParleyError(`"${text.replaceAll(/[`@<>\n]/g, '').slice(0, 40)}" is no window of time that I know`, {
    code: 'BAD_WINDOW',
    remedy:
      'Try "last hour", "today", "3h", "2d", "7 days", "yesterday", a past day such as "2026-11-20" or a range, "2026-11-20..2026-11-22" or "2026-11-20 08:00..2026-11-20 12:00" (UTC); a year is the most.',
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
