/** The names that a recogniser is told to listen for: people, the channel, the agent. */

export interface KeytermLimits {
  most: number;
  maxCharacters: number;
  /** Any number unless given. */
  maxWords?: number;
  /** Of all together, in UTF-8; any number unless given. */
  maxBytes?: number;
}

/** Names as vendors take them: clean, each once, those that were learnt last first, whole words only where one is too long. */
export function keytermsOf(names: readonly string[], limits: KeytermLimits): string[] {
  const terms = new Map<string, string>();
  let bytes = 0;
  for (const name of names.toReversed()) {
    const term = shortened(cleaned(name), limits);
    const key = term.toLowerCase();
    if (term.length < 2 || terms.has(key)) continue;
    bytes += Buffer.byteLength(term);
    if (bytes > (limits.maxBytes ?? Number.POSITIVE_INFINITY)) break;
    terms.set(key, term);
    if (terms.size >= limits.most) break;
  }
  return [...terms.values()];
}

/** Letters and digits of any script; what decorates names on Discord would be listened for in vain. */
const cleaned = (name: string): string =>
  name
    .normalize('NFKC')
    .replaceAll(/[^\p{L}\p{M}\p{N}' -]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

function shortened(term: string, { maxCharacters, maxWords }: KeytermLimits): string {
  let short = '';
  for (const word of term.split(' ').slice(0, maxWords)) {
    const longer = short ? `${short} ${word}` : word;
    if ([...longer].length > maxCharacters) break;
    short = longer;
  }
  return short;
}

/** Names that were heard of; the oldest are forgotten. */
export class KnownNames {
  readonly #fixed: () => readonly string[];
  readonly #heard = new Set<string>();
  readonly #limits: KeytermLimits;

  /** @param fixed are never forgotten: the channel's, the agent's; asked anew each time. */
  constructor(fixed: () => readonly string[], limits: KeytermLimits) {
    this.#fixed = fixed;
    this.#limits = limits;
  }

  add(name: string): void {
    if (this.#heard.has(name)) return;
    this.#heard.add(name);
    if (this.#heard.size <= this.#limits.most) return;
    const [oldest] = this.#heard;
    this.#heard.delete(oldest!);
  }

  get terms(): string[] {
    return keytermsOf([...this.#heard, ...this.#fixed()], this.#limits);
  }
}
