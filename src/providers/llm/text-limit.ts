/** Holds a model to the length that was asked for where its own limit counts its thinking too. */

/** English text has about four; no answer shall be cut where the vendor would not have cut it. */
const CHARACTERS_PER_TOKEN = 6;

export class TextLimit {
  #left: number;

  /** @param maxTokens of text; null for no limit but the vendor's. */
  constructor(maxTokens: number | null) {
    this.#left = maxTokens === null ? Number.POSITIVE_INFINITY : maxTokens * CHARACTERS_PER_TOKEN;
  }

  get reached(): boolean {
    return this.#left <= 0;
  }

  take(text: string): string {
    const taken = text.slice(0, Math.max(0, this.#left));
    this.#left -= text.length;
    return taken;
  }
}
