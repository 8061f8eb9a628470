/** The database of a thread: opened by its first question, given up when it fails, and opened again by the next one. */
import type { Database } from './database.ts';

export class HeldDatabase {
  readonly #open: () => Promise<Database>;
  #opening: Promise<Database> | null = null;
  #current: Database | null = null;

  constructor(open: () => Promise<Database>) {
    this.#open = open;
  }

  /** Rejects with what opening it rejects with; the next call tries again. */
  async get(): Promise<Database> {
    this.#opening ??= this.#open();
    const opening = this.#opening;
    try {
      const database = await opening;
      if (this.#opening === opening) this.#current = database;
      return database;
    } catch (error) {
      if (this.#opening === opening) this.#opening = null;
      throw error;
    }
  }

  /**
   * The next `get` opens it anew. What still goes on over the old connections ends by itself.
   * @param failed when another one has been opened since, that is kept: several questions may meet the same failure.
   */
  async giveUp(failed?: Database): Promise<void> {
    if (failed && failed !== this.#current) return;
    const opening = this.#opening;
    this.#opening = null;
    this.#current = null;
    const database = await opening?.catch(() => null);
    // A connection that is dead may take for ever to end.
    const ended = database?.db.destroy().catch(() => {});
    if (database?.dialect === 'sqlite') await ended;
  }
}
