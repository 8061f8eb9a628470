/** Numbers, times and dates as they are spoken, in plain words. */

const ONES = [
  ...[
    'zero',
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
  ],
  ...['thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
  twenty: 'twentieth',
  thirty: 'thirtieth',
};
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  ...['November', 'December'],
];

/** A whole number from 0 to 999,999 ("three hundred twelve"); others are rounded or capped. */
export function spokenNumber(value: number): string {
  const n = Math.min(999_999, Math.max(0, Math.round(value)));
  if (n < 20) return ONES[n]!;
  const [unit, name] = n >= 1000 ? [1000, 'thousand'] : n >= 100 ? [100, 'hundred'] : [10, ''];
  const head = unit === 10 ? TENS[Math.floor(n / 10)]! : `${spokenNumber(Math.floor(n / unit))} ${name}`;
  return n % unit === 0 ? head : `${head} ${spokenNumber(n % unit)}`;
}

/** 1 to 31 as "twenty third". */
function spokenOrdinal(n: number): string {
  const words = spokenNumber(n).split(' ');
  const last = words.pop()!;
  return [...words, ORDINALS[last] ?? `${last}th`].join(' ');
}

/** "ten forty five in the morning"; twelve-hour clock, local time. */
export function spokenTime(date: Date): string {
  const hours = date.getHours();
  const minutes = date.getMinutes();
  const hour = spokenNumber(hours % 12 === 0 ? 12 : hours % 12);
  const part = hours < 12 ? 'in the morning' : hours < 18 ? 'in the afternoon' : 'in the evening';
  if (minutes === 0) return `${hour} o'clock ${part}`;
  return `${hour} ${minutes < 10 ? 'oh ' : ''}${spokenNumber(minutes)} ${part}`;
}

/** "Monday, the twenty third of November"; local date. */
export function spokenDate(date: Date): string {
  return `${DAYS[date.getDay()]}, the ${spokenOrdinal(date.getDate())} of ${MONTHS[date.getMonth()]}`;
}
