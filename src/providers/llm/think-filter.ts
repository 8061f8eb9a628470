/** Takes out what local models think aloud: `<think>...</think>` within the text, however it is cut. */

const OPEN = ['<think>', '<thinking>'];
const CLOSE = ['</think>', '</thinking>'];

export class ThinkFilter {
  #held = '';
  #inside = false;
  /** Space at the beginning, or after a thought, is not spoken. */
  #trim = true;
  #thought = false;

  /** Something was taken out. */
  get thought(): boolean {
    return this.#thought;
  }

  /** The part of the text that is surely to be spoken. */
  push(text: string): string {
    this.#held += text;
    let spoken = '';
    for (;;) {
      // A thought that began in the prompt only ends here.
      const tag = firstTag(this.#held, this.#inside ? CLOSE : [...OPEN, ...CLOSE]);
      if (!tag) break;
      if (!this.#inside) spoken += this.#out(this.#held.slice(0, tag.at));
      this.#held = this.#held.slice(tag.at + tag.name.length);
      this.#inside = OPEN.includes(tag.name);
      this.#thought = true;
      this.#trim = true;
    }
    const safe = this.#held.length - beginningOfTag(this.#held);
    if (!this.#inside) spoken += this.#out(this.#held.slice(0, safe));
    this.#held = this.#held.slice(safe);
    return spoken;
  }

  /** The text is over: what was kept back as the beginning of a tag, and was none. */
  end(): string {
    const rest = this.#inside ? '' : this.#out(this.#held);
    this.#held = '';
    return rest;
  }

  #out(text: string): string {
    const out = this.#trim ? text.trimStart() : text;
    if (out) this.#trim = false;
    return out;
  }
}

function firstTag(text: string, names: readonly string[]): { at: number; name: string } | null {
  let first: { at: number; name: string } | null = null;
  for (const name of names) {
    const at = text.indexOf(name);
    if (at >= 0 && (!first || at < first.at)) first = { at, name };
  }
  return first;
}

/** How many characters at the end may be the beginning of a tag. */
function beginningOfTag(text: string): number {
  const at = text.lastIndexOf('<');
  if (at < 0) return 0;
  const tail = text.slice(at);
  return [...OPEN, ...CLOSE].some((tag) => tag.startsWith(tail)) ? tail.length : 0;
}
