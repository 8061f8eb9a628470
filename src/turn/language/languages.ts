/** The languages whose words the turn engine knows. */
import { english } from './english.ts';
import { french } from './french.ts';
import { german } from './german.ts';
import { type LanguageWords, phrasesOf, setOf } from './language.ts';
import { spanish } from './spanish.ts';

const known: ReadonlyMap<string, LanguageWords> = new Map([
  ['en', english],
  ['de', accented(german)],
  ['es', accented(spanish)],
  ['fr', accented(french)],
]);

const nothing = setOf();

/** Of any other language only the punctuation is understood, figures, and the sounds that all listeners make. */
const unknown: LanguageWords = {
  ...{ fillers: nothing, polite: nothing, neverLast: nothing, rarelyLast: nothing },
  ...{ whole: [], open: [], waits: [] },
  ...{ digits: nothing, numbers: nothing, dictated: /(?!)/, initials: nothing },
  backchannels: phrasesOf('m, mm, mhm, hm, mm hm, ok, okay'),
  stops: nothing,
};

/** @param tag a language tag ("en", "de-AT"); without one, English. */
export function languageWords(tag = 'en'): LanguageWords {
  return known.get(tag.toLowerCase().split(/[-_]/)[0]!) ?? unknown;
}

/** The same tables with edges of words (`\\b`) that know accented letters, which those of JavaScript do not. */
function accented(words: LanguageWords): LanguageWords {
  const letter = '[\\p{L}\\p{N}]';
  const edge = `(?:(?<=${letter})(?!${letter})|(?<!${letter})(?=${letter}))`;
  const aware = ({ source }: RegExp) => new RegExp(source.replaceAll('\\b', edge), 'u');
  return {
    ...words,
    whole: words.whole.map(aware),
    open: words.open.map(aware),
    waits: words.waits.map(aware),
    dictated: aware(words.dictated),
  };
}
