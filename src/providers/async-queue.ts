/** A queue that is filled by events and read once as an async iterable. */

export class AsyncQueue<T> implements AsyncIterable<T> {
  #items: T[] = [];
  #closed: { error: unknown } | null = null;
  #wake: (() => void) | null = null;

  /** Ignored once the queue has ended. */
  push(item: T): void {
    if (this.#closed) return;
    this.#items.push(item);
    this.#notify();
  }

  /** No more items; those already pushed are still read. */
  end(): void {
    this.#closed ??= { error: undefined };
    this.#notify();
  }

  /** No more items; those already pushed are still read, then the reader throws `error`. */
  fail(error: unknown): void {
    this.#closed ??= { error };
    this.#notify();
  }

  /** Drops what was not read; the reader throws `error`, or just ends when it is undefined. */
  abort(error?: unknown): void {
    if (this.#closed && this.#items.length === 0) return;
    this.#items = [];
    this.#closed = { error };
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#items.length > 0) yield this.#items.shift()!;
      if (this.#closed) {
        if (this.#closed.error !== undefined) throw this.#closed.error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
