/** Virtual time: what is due next, in order of instants; what is due at the same instant, in the order it was asked for. */

export interface Task {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class Schedule {
  #nowMs: number;
  #order = 0;
  /** A binary heap: every task is due no later than its two children. */
  readonly #heap: Task[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Calls `run` at `dueMs`; at the present instant, after all that is due by then, when that is past. */
  at(dueMs: number, run: () => void): Task {
    const task = { dueMs: Math.max(dueMs, this.#nowMs), order: this.#order++, run, cancelled: false };
    this.#push(task);
    return task;
  }

  /** Runs what is due up to `untilMs`; false when nothing is left to run. Time ends at `untilMs` if anything is. */
  run(untilMs: number): boolean {
    for (let task = this.#heap[0]; task; task = this.#heap[0]) {
      if (!task.cancelled && task.dueMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return true;
      }
      this.#pop();
      if (task.cancelled) continue;
      this.#nowMs = task.dueMs;
      task.run();
    }
    return false;
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let at = heap.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(task, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Task, b: Task): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
