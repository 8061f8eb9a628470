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

export interface KnownNamesOptions {
  /** Never forgotten: the channel's, the agent's; asked anew each time. */
  fixed(): readonly string[];
  /** Whether somebody is there and wants to be heard, now: of all others no name is told. */
  isHeard(speakerId: string): boolean;
  limits: KeytermLimits;
}

/** Names of those who have spoken; the oldest are forgotten. */
export class KnownNames {
  readonly #options: KnownNamesOptions;
  /** By the ids of their speakers. */
  readonly #spoken = new Map<string, string>();

  constructor(options: KnownNamesOptions) {
    this.#options = options;
  }

  add({ id, name }: { id: string; name: string }): void {
    this.#spoken.set(id, name);
    if (this.#spoken.size <= this.#options.limits.most) return;
    const { isHeard } = this.#options;
    const ids = [...this.#spoken.keys()];
    this.#spoken.delete(ids.find((one) => !isHeard(one)) ?? ids[0]!);
  }

  get terms(): string[] {
    const { fixed, isHeard, limits } = this.#options;
    const spoken = [...this.#spoken].filter(([id]) => isHeard(id)).map(([, name]) => name);
    return keytermsOf([...spoken, ...fixed()], limits);
  }
}
