/** What the judgements about words know of one language: tables of words and phrases, nothing else. */

/** All matched against bare lower-case words joined by single spaces. */
export interface LanguageWords {
  /** Sounds and words of hesitation: somebody who ends on one goes on. */
  readonly fillers: ReadonlySet<string>;
  /** "please": says nothing about being done. */
  readonly polite: ReadonlySet<string>;
  /** Nobody ends on these, whatever full stop a recogniser writes behind them. */
  readonly neverLast: ReadonlySet<string>;
  /** Rarely the last word; a full stop is believed. */
  readonly rarelyLast: ReadonlySet<string>;
  /** Endings that are whole although their last word is rarely last. */
  readonly whole: readonly RegExp[];
  /** Phrases that want more although their last word could end one. */
  readonly open: readonly RegExp[];
  /** The whole of what was said asks for patience. */
  readonly waits: readonly RegExp[];
  /** The words for 0 to 9, as dictated one by one. */
  readonly digits: ReadonlySet<string>;
  /** The other words that numbers are made of. */
  readonly numbers: ReadonlySet<string>;
  /** What precedes a number that is being dictated: "my number is". */
  readonly dictated: RegExp;
  /** Single letters that are a word together ("p m"), not a word being spelled. */
  readonly initials: ReadonlySet<string>;
  /** Said while listening, not to take the floor. */
  readonly backchannels: ReadonlySet<string>;
  /** The whole of what was said asks the agent to be silent. */
  readonly stops: ReadonlySet<string>;
}

export const setOf = (...lists: readonly string[]): ReadonlySet<string> =>
  new Set(lists.flatMap((list) => list.split(' ')));

/** Phrases of several words, separated by commas. */
export const phrasesOf = (...lists: readonly string[]): ReadonlySet<string> =>
  new Set(lists.flatMap((list) => list.split(',').map((phrase) => phrase.trim())));
