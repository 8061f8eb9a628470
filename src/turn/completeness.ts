/** Whether words are a whole phrase, judged by how they end: what decides how long a silence is waited out. */
import { isDictating } from './dictation.ts';
import { languageWords } from './language/languages.ts';
import { wordsOf } from './words.ts';

/** `wait`: the speaker asks for time ("hold on", "let me think"). */
export type Completeness = 'complete' | 'incomplete' | 'wait';

export interface CompletenessJudge {
  /**
   * @param text a transcript, interim or final, with or without case and punctuation.
   * @param language a tag as "en" or "de-AT"; English without one.
   */
  judge(text: string, language?: string): Completeness;
}

/** A long speech is judged by its last words, so that judging never takes long. */
const JUDGED_WORDS = 60;

const GOES_ON = /(?:\.\.|…|[,;:–—-])["'”’)]*\s*$/;
const ASKED_OR_CALLED = /[?!]["'”’)]*\s*$/;
const FULL_STOP = /\.["'”’)]*\s*$/;

/**
 * Judges by tables of words, at once and without a model. Where an ending can be either, it is `incomplete`: waiting
 * costs a second, cutting in costs the sentence. Of a language without tables only the punctuation is believed.
 */
export const heuristicJudge: CompletenessJudge = {
  judge(text, tag) {
    const language = languageWords(tag);
    const isFiller = (word: string) => language.fillers.has(word);
    const all = wordsOf(text).slice(-JUDGED_WORDS);
    const first = all.findIndex((word) => !isFiller(word));
    if (first < 0) return 'incomplete';
    const said = all.slice(first);
    const spoken = said.filter((word) => !isFiller(word)).join(' ');
    if (language.waits.some((wait) => wait.test(spoken))) return 'wait';
    if (GOES_ON.test(text) || isFiller(said.at(-1)!)) return 'incomplete';
    const words = said.slice(0, said.findLastIndex((word) => !language.polite.has(word)) + 1);
    const last = words.at(-1);
    if (last === undefined) return 'incomplete';
    if (ASKED_OR_CALLED.test(text)) return 'complete';
    if (isDictating(words, language)) return 'incomplete';
    const phrase = words.join(' ');
    if (language.whole.some((ending) => ending.test(phrase))) return 'complete';
    if (language.neverLast.has(last)) return 'incomplete';
    if (FULL_STOP.test(text)) return 'complete';
    const open = language.rarelyLast.has(last) || language.open.some((ending) => ending.test(phrase));
    return open ? 'incomplete' : 'complete';
  },
};
