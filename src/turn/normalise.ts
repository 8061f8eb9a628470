/** The form of a transcript in which an interim and a final that say the same are equal. */
import { wordsOf } from './words.ts';

/** Sounds of hesitation, which recognisers write or leave out as they like. */
const HESITATIONS = new Set('um umm uhm uh uhh er erm err hm hmm mm mmm ah eh'.split(' '));

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen';
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety';

const units = new Map(UNITS.split(' ').map((word, value) => [word, value]));
const tens = new Map(TENS.split(' ').map((word, i) => [word, 20 + 10 * i]));
const CURRENCIES: Readonly<Record<string, string>> = { $: 'dollars', '€': 'euros', '£': 'pounds' };

/**
 * Lower case, single spaces, no punctuation or apostrophes, no hesitation at either end; number words from 0 to 100
 * and decimals as digits ("Um, twenty-one percent!" is "21 percent"). English number words only; those of other
 * languages stay as they are. Digits said one by one are not joined: "five five" is "5 5", not "55". Empty when
 * nothing was said but hesitation.
 */
export function normaliseText(text: string): string {
  const spelled = text
    .normalize('NFKC')
    // Soft hyphens and zero-width marks are seen by nobody and differ between recognisers.
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/([$€£])\s?(\d[\d.,]*\d|\d)/g, (_, sign: string, figure: string) => {
      return `${figure} ${CURRENCIES[sign]} `;
    })
    .replaceAll('%', ' percent ')
    .replaceAll('&', ' and ');
  return digits(withoutHesitation(wordsOf(spelled))).join(' ');
}

function withoutHesitation(words: readonly string[]): string[] {
  const said = (word: string) => !HESITATIONS.has(word);
  const first = words.findIndex(said);
  return first < 0 ? [] : words.slice(first, words.findLastIndex(said) + 1);
}

function digits(words: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const ten = tens.get(word);
    const unit = units.get(words[i + 1] ?? '') ?? 0;
    if (ten !== undefined && unit > 0 && unit < 10) {
      out.push(String(ten + unit));
      i += 1;
    } else if (word === 'hundred') {
      if (out.at(-1) === '1' || out.at(-1) === 'a') out.pop();
      out.push('100');
    } else if (word === 'point' && isWhole(out.at(-1)) && digitOf(words[i + 1]) !== null) {
      let figure = `${out.pop()}.`;
      for (let digit = digitOf(words[i + 1]); digit !== null; digit = digitOf(words[i + 1])) {
        figure += digit;
        i += 1;
      }
      out.push(figure);
    } else {
      out.push(String(ten ?? units.get(word) ?? plain(word)));
    }
  }
  return out;
}

/** Without apostrophes; a figure without its thousands commas. */
function plain(word: string): string {
  return /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(word) ? word.replaceAll(',', '') : word.replaceAll("'", '');
}

const isWhole = (word: string | undefined): boolean => word !== undefined && /^\d+$/.test(word);

function digitOf(word: string | undefined): string | null {
  if (word === undefined) return null;
  if (/^\d+$/.test(word)) return word;
  const value = units.get(word);
  return value !== undefined && value < 10 ? String(value) : null;
}
