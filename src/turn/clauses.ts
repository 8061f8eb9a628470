/** Cuts an answer, while it is written, into clauses to speak: the first as early as natural, later ones by sentence. */

export const CLAUSE_DEFAULTS = {
  /** A first clause shorter than this sounds clipped when the next is late. */
  firstMinWords: 3,
  /** From here on the first clause also ends before a joining word, as its synthesis would cost too long. */
  firstSoftWords: 7,
  /** The answer ends at the last sentence that fits. */
  maxWords: 60,
} as const;

const SENTENCE_END = /[.?!…]["')\]]*(?=\s|$)/g;
const CLAUSE_END = /[,;:.?!…]["')\]]*(?=\s)|\s[–—](?=\s)/g;
const JOINING = /\s(?=(?:and|but|or|because|so|which|that|if|when|while)\s)/g;
/** Dots after these do not end a sentence. */
const ABBREVIATION = /\b(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|no|approx|a\.m|p\.m)\.["')\]]*$/i;

export const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0;

export class ClauseSplitter {
  readonly #limits: typeof CLAUSE_DEFAULTS;
  #rest = '';
  #words = 0;
  #first = true;
  #full = false;

  constructor(limits: typeof CLAUSE_DEFAULTS = CLAUSE_DEFAULTS) {
    this.#limits = limits;
  }

  /** The word limit is reached: nothing more comes out, the model can be stopped. */
  get full(): boolean {
    return this.#full;
  }

  /** Takes the next piece of text; returns the clauses that are complete now. */
  push(text: string): string[] {
    if (this.#full) return [];
    this.#rest += text;
    const clauses: string[] = [];
    for (let cut = this.#nextCut(); cut > 0; cut = this.#nextCut()) {
      const clause = this.#rest.slice(0, cut).trim();
      this.#rest = this.#rest.slice(cut);
      if (clause && !this.#take(clause, clauses)) break;
    }
    if (!this.#full && !this.#fits(this.#rest)) this.#finishFull(clauses);
    return clauses;
  }

  /** The text is complete: what is left of it. */
  end(): string[] {
    const clauses: string[] = [];
    const clause = this.#rest.trim();
    this.#rest = '';
    if (clause && !this.#full) this.#take(clause, clauses);
    return clauses;
  }

  #fits(clause: string): boolean {
    return this.#words + countWords(clause) <= this.#limits.maxWords;
  }

  #take(clause: string, clauses: string[]): boolean {
    if (!this.#fits(clause)) {
      this.#full = true;
      return false;
    }
    this.#words += countWords(clause);
    this.#first = false;
    clauses.push(clause);
    return true;
  }

  /** The sentence under way cannot fit any more. An answer of one endless sentence is cut at its last comma. */
  #finishFull(clauses: string[]): void {
    const inSentence = this.#words > 0;
    this.#full = true;
    if (inSentence) return;
    const head = this.#rest.trim().split(/\s+/).slice(0, this.#limits.maxWords).join(' ');
    const comma = Math.max(head.lastIndexOf(','), head.lastIndexOf(';'));
    clauses.push(comma > 0 ? head.slice(0, comma) : head);
  }

  /** Where the next complete clause ends in the rest, or -1. A trailing end may go on ("3." then "5"), so it waits. */
  #nextCut(): number {
    const sentence = sentenceEnd(this.#rest);
    if (!this.#first) return sentence;
    const { firstMinWords, firstSoftWords } = this.#limits;
    const clause = firstMatch(CLAUSE_END, this.#rest, firstMinWords);
    const joined = firstMatch(JOINING, this.#rest, firstSoftWords);
    const cuts = [sentence, clause, joined].filter((cut) => cut > 0);
    return cuts.length > 0 ? Math.min(...cuts) : -1;
  }
}

function sentenceEnd(text: string): number {
  for (const match of text.matchAll(SENTENCE_END)) {
    const end = match.index + match[0].length;
    if (end < text.length && !ABBREVIATION.test(text.slice(0, end))) return end;
  }
  return -1;
}

function firstMatch(pattern: RegExp, text: string, minWords: number): number {
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (ABBREVIATION.test(text.slice(0, end))) continue;
    if (countWords(text.slice(0, end)) >= minWords) return end;
  }
  return -1;
}
