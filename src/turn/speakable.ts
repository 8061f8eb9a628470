/** What a voice is given in place of what the model wrote: the same words without marks that only a reader sees. */
import { speakFigures } from './speakable-figures.ts';

/** A host of at most this length is said, as is one without a path; anything longer is only told to be a link. */
const MAX_SPOKEN_HOST = 30;

const TOP_LEVEL = 'com|org|net|io|dev|app|ai|edu|gov|co|uk|de|fr|es|eu|me|tv|gg|info';
const FENCED = /(?:```|~~~)[\s\S]*?(?:```|~~~|$)/g;
const EMOJI = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u{e0020}-\u{e007f}]/gu;
/** Variation selector, keycap and joiner: what holds the parts of an emoji together. */
const EMOJI_JOINTS = /\ufe0f|\u20e3|\u200d/g;
const EMAIL = /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const URL = new RegExp(
  `(?:https?://|www\\.)[^\\s<>)\\]"'*]+|\\b(?:[a-z\\d-]+\\.)+(?:${TOP_LEVEL})\\b(?:/[^\\s<>)\\]"'*]*)?`,
  'gi',
);

const ABBREVIATIONS: readonly (readonly [RegExp, string])[] = [
  [/\bDr\.(?=\s)/g, 'Doctor'],
  [/\bMr\.(?=\s)/g, 'Mister'],
  [/\bMrs\.(?=\s)/g, 'Missus'],
  [/\bMs\.(?=\s)/g, 'Miss'],
  [/\bProf\.(?=\s)/g, 'Professor'],
  [/\bSt\.(?=\s+\p{Lu})/gu, 'Saint'],
  [/\bSt\./g, 'Street'],
  [/\bJr\./g, 'Junior'],
  [/\bSr\./g, 'Senior'],
  [/\bInc\./g, 'Incorporated'],
  [/\bLtd\./g, 'Limited'],
  [/\be\.\s?g\.,?/gi, 'for example'],
  [/\bi\.\s?e\.,?/gi, 'that is'],
  [/\betc(?:\.|\b)(?=\s*$)/gi, 'et cetera.'],
  [/\betc(?:\.|\b)/gi, 'et cetera'],
  [/\bvs\.?(?!\w)/gi, 'versus'],
  [/\bapprox\./gi, 'approximately'],
  [/\bNo\.(?=\s*\d)/gi, 'number'],
  [/\ba\.\s?m\.(?=\s*$)/gi, 'AM.'],
  [/\bp\.\s?m\.(?=\s*$)/gi, 'PM.'],
  [/\ba\.\s?m\./gi, 'AM'],
  [/\bp\.\s?m\./gi, 'PM'],
];

/**
 * @param text a clause, or a whole answer.
 * @returns plain sentences: no markdown, code, emoji or addresses; figures, money, times, units and abbreviations in
 * words. Empty when nothing in it can be said. A block of code is told to be one, never read out. What is speakable
 * already comes back as it was, so applying it twice does no harm. English words.
 */
export function speakable(text: string): string {
  const prose = withoutEmoji(withoutMarkup(text.replaceAll(FENCED, ' (some code) ')));
  const words = withoutSigns(speakFigures(withoutAbbreviations(withoutAddresses(prose))));
  return /[\p{L}\p{N}]/u.test(words) ? words : '';
}

function withoutMarkup(text: string): string {
  return (
    text
      .replaceAll(/<a?:(\w+):\d+>|<[@#][!&]?\d+>/g, ' ')
      .replaceAll(/(?<=^|\s):[a-z]\w*:(?=\s|$|[.,!?])/g, ' ')
      .replaceAll(/!?\[([^\]]*)\]\([^)\s]*(?:\s+"[^"]*")?\)/g, '$1')
      .replaceAll(/<(https?:[^>\s]+)>/g, '$1')
      .replaceAll(/<\/?[a-z][^<>]*>/gi, ' ')
      .replaceAll(/&nbsp;/g, ' ')
      .replaceAll(/&amp;/g, '&')
      // Lines: rules and table borders go, then the marks at the beginning of a line, which may stand in each other.
      .replaceAll(/^[ \t]*(?:[-*_=|:][ \t]*){3,}$/gm, '')
      .replaceAll(/^[\s*_~`]*(?:(?:#{1,6}|>|[-*+•])\s+)+/gm, '')
      .replaceAll(/^([ \t]*\d{1,2})[.)][ \t]+/gm, '$1, ')
      .replaceAll(/(?<=[^\s.,:;!?|])[ \t]*\n\s*(?=\S)/g, '. ')
      .replaceAll(/(?<=\d)\s*\*\s*(?=\d)/g, ' times ')
      .replaceAll(/[*`\\]+|~~/g, '')
  );
}

const withoutEmoji = (text: string): string => text.replaceAll(EMOJI_JOINTS, '').replaceAll(EMOJI, ' ');

function withoutAddresses(text: string): string {
  return text
    .replaceAll(EMAIL, (address) => spellDots(address.replace('@', ' at ')))
    .replaceAll(URL, (match) => {
      const url = match.replace(/[.,:;!?]+$/, '');
      const [host, ...path] = url
        .replace(/^https?:\/\//i, '')
        .replace(/^www\./i, '')
        .split(/[/?#]/);
      const short = host!.length <= MAX_SPOKEN_HOST && path.join('') === '';
      return (short ? spellDots(host!) : 'a link') + match.slice(url.length);
    });
}

const spellDots = (address: string): string =>
  address
    .replaceAll('.', ' dot ')
    .replaceAll('_', ' underscore ')
    .replaceAll('-', ' dash ')
    .replaceAll('+', ' plus ');

function withoutAbbreviations(text: string): string {
  const said = ABBREVIATIONS.reduce((words, [pattern, spoken]) => words.replaceAll(pattern, spoken), text);
  // "U.S.A." is said letter by letter.
  return said.replaceAll(/\b(?:\p{L}\.){2,}/gu, (letters) => letters.replaceAll('.', ' ').trimEnd());
}

function withoutSigns(text: string): string {
  return (
    text
      .replaceAll(/\band\/or\b/gi, 'and or')
      .replaceAll(/(?<=\p{L})\s?\/\s?(?=\p{L})/gu, ' or ')
      .replaceAll(/\s?&\s?/g, ' and ')
      .replaceAll(/(?<=[\p{L}\p{N}])\s?\+\s?(?=[\p{L}\p{N}])/gu, ' plus ')
      .replaceAll(/(?<=[\p{L}\p{N}])\s?=\s?(?=[\p{L}\p{N}])/gu, ' equals ')
      .replaceAll('×', ' times ')
      .replaceAll('÷', ' divided by ')
      .replaceAll(/(?<=\p{L})\.(?=\p{Ll})/gu, ' dot ')
      .replaceAll(/(?<=\p{Ll}[.!?])(?=\p{Lu})/gu, ' ')
      .replaceAll(/\s*\|\s*/g, ', ')
      .replaceAll(/[#~^_<>[\]{}@+=/]|[\p{So}\p{Sk}\p{Sm}\p{Cf}]/gu, ' ')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/ (?=[.,:;!?…])/g, '')
      .replaceAll(/,(?:\s*,)+/g, ',')
      // What closed the clause before this one.
      .replace(/^[\s.,:;!?…)"'”’–—-]+(?!\d)/, '')
      .trim()
  );
}
