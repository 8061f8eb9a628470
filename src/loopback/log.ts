/** What happened in the loopback: a bounded list of entries that tests read, and waiting on it without polling. */

export interface LogEntry {
  /** performance.now of the entry. */
  atMs: number;
  /** What happened, such as `rest`, `gateway.identify`, `voice.close`; the other fields depend on it. */
  kind: string;
  [field: string]: unknown;
}

interface Waiter {
  check(): void;
  fail(reason: string): void;
}

export class EventLog {
  readonly entries: LogEntry[] = [];
  readonly #counts = new Map<string, number>();
  readonly #drops = new Map<string, number>();
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  readonly #limit: number;

  constructor(limit = 20_000) {
    this.#limit = limit;
  }

  add(kind: string, fields: Record<string, unknown> = {}): void {
    const entry = { ...fields, atMs: performance.now(), kind };
    this.entries.push(entry);
    // A slice at a time: shifting the whole list for every entry would be slow.
    if (this.entries.length > this.#limit * 1.1) this.entries.splice(0, this.entries.length - this.#limit);
    this.#counts.set(kind, this.count(kind) + 1);
    for (const listener of this.#listeners) listener(entry);
    this.notify();
  }

  /** Every entry as it is made. Returns the unsubscribe function. */
  onEntry(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A packet that was not carried on: the entry is `packet.drop`, with its cause. */
  drop(cause: string, fields: Record<string, unknown> = {}): void {
    this.#drops.set(cause, (this.#drops.get(cause) ?? 0) + 1);
    this.add('packet.drop', { ...fields, cause });
  }

  /** How many packets were ever dropped, by cause. */
  drops(): Record<string, number> {
    return Object.fromEntries(this.#drops);
  }

  /** How many entries of this kind there ever were, including those no longer kept. */
  count(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** The kept entries of one kind, oldest first. */
  of(kind: string): LogEntry[] {
    return this.entries.filter((entry) => entry.kind === kind);
  }

  /** Something changed that has no entry of its own: lets the waiters look again. */
  notify(): void {
    for (const waiter of [...this.#waiters]) waiter.check();
  }

  /**
   * Resolves with the first truthy value of `predicate`, which is asked now, after every event of the loopback, and
   * at the deadline. Rejects `deadlineMs` milliseconds from now, or when the loopback closes.
   */
  async waitFor<T>(description: string, predicate: () => T, deadlineMs: number): Promise<NonNullable<T>> {
    return await new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        check: () => {
          try {
            const value = predicate();
            if (!value) return;
            done();
            resolve(value);
          } catch (error) {
            done();
            reject(error);
          }
        },
        fail: (reason) => {
          done();
          reject(new Error(`Waiting for ${description}: ${reason}`));
        },
      };
      const timer = setTimeout(() => {
        waiter.check();
        waiter.fail(`did not happen within ${deadlineMs} ms`);
      }, deadlineMs);
      this.#waiters.add(waiter);
      waiter.check();
    });
  }

  /** Fails everyone who still waits. */
  close(): void {
    for (const waiter of [...this.#waiters]) waiter.fail('the loopback was closed');
  }
}
