/** Text as bare words: what a closed grammar and a phrase table compare. */

/** Lower case, single spaces, no punctuation but the apostrophe: "What's up, Doc?" becomes "what's up doc". */
export function plainWords(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/[^a-z' ]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
