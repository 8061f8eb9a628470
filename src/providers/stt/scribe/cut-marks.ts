/** The marks that Scribe leaves where a commit cut into a sentence or a word: nobody said them. */

/** Ends in no more than a full stop, a question or an exclamation mark: "the sto-" and "and then..." lose what is cut off. */
export function withoutCutMarks(text: string): string {
  const tail = /[\s.…‐-―-]*$/u.exec(text)?.[0] ?? '';
  const said = text.slice(0, text.length - tail.length);
  // One alone ends a sentence.
  return said !== '' && /^\.(?!\.)/.test(tail) ? `${said}.` : said;
}
