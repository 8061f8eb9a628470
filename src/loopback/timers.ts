/** The timers of one loopback, so that closing it frees every one of them. */

/** Time for what has already arrived to be read. */
const READ_MS = 20;

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

  /**
   * As `after`, for a client's silence: after a pause of the whole process, in which the client may well live too,
   * what it has sent meanwhile is read first.
   */
  afterSilence(ms: number, fn: () => void): () => void {
    let cancel = this.after(ms, () => {
      cancel = this.after(READ_MS, fn);
    });
    return () => cancel();
  }

  close(): void {
    this.#closed = true;
    for (const handle of this.#pending) clearTimeout(handle);
    this.#pending.clear();
  }
}
