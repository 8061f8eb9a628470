/** The timers of one loopback, so that closing it frees every one of them. */

export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();
  #closed = false;

  /** Calls `fn` once after `ms`, unless cancelled or closed. Returns the cancel function. */
  after(ms: number, fn: () => void): () => void {
    if (this.#closed) return () => undefined;
    const handle = setTimeout(() => {
      this.#pending.delete(handle);
      fn();
    }, ms);
    this.#pending.add(handle);
    return () => {
      clearTimeout(handle);
      this.#pending.delete(handle);
    };
  }

  close(): void {
    this.#closed = true;
    for (const handle of this.#pending) clearTimeout(handle);
    this.#pending.clear();
  }
}
