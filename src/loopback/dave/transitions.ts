/** DAVE's transitions: one at a time, announced with a number, executed once everybody is ready or has had his time. */
import type { EventLog } from '../log.ts';
import type { Timers } from '../timers.ts';

/** How long members may take to commit, or to say that they are ready. */
export const ANSWER_DEADLINE_MS = 2000;
const MAX_ID = 0xffff;

export interface Transition {
  id: number;
  /** The protocol version that it brings. */
  version: number;
}

interface Waiting extends Transition {
  users: Set<string>;
  cancelDeadline: () => void;
}

export class Transitions {
  readonly #timers: Timers;
  readonly #log: EventLog;
  /** The transition's time has come. */
  readonly #onExecute: (transition: Transition) => void;
  #current: Waiting | null = null;
  #lastId = 0;

  constructor(timers: Timers, log: EventLog, onExecute: (transition: Transition) => void) {
    this.#timers = timers;
    this.#log = log;
    this.#onExecute = onExecute;
  }

  get underWay(): boolean {
    return this.#current !== null;
  }

  /** Waits for these users. Returns the number of the transition; it is not executed before the next `settle`. */
  begin(userIds: readonly string[], version: number): number {
    this.#lastId = (this.#lastId % MAX_ID) + 1;
    const id = this.#lastId;
    const users = new Set(userIds);
    const cancelDeadline = this.#timers.after(ANSWER_DEADLINE_MS, () => {
      this.#log.add('dave.transitionLate', { transitionId: id, waiting: [...users] });
      users.clear();
      this.settle();
    });
    this.#current = { id, version, users, cancelDeadline };
    return id;
  }

  /** The user is ready for this transition, or, without a number, need not be waited for any longer. */
  ready(userId: string, id?: number): void {
    if (id !== undefined && this.#current?.id !== id) return;
    this.#current?.users.delete(userId);
    this.settle();
  }

  /** Executes the transition when nobody is waited for. */
  settle(): void {
    const current = this.#current;
    if (!current || current.users.size > 0) return;
    current.cancelDeadline();
    this.#current = null;
    const { id, version } = current;
    this.#onExecute({ id, version });
  }
}
