/** The agent's own response gap so far, over all servers: what it answers when asked how fast it is. */
import { figuresOf } from './figures.ts';
import { distribution } from './percentile.ts';
import type { TurnRecord } from './timeline.ts';

/** Recent turns say more about now than old ones. */
const KEPT = 200;

export class MeasuredGap {
  readonly #gapsMs: number[] = [];

  add(record: TurnRecord): void {
    const { responseGapMs } = figuresOf(record);
    if (responseGapMs === undefined) return;
    this.#gapsMs.push(responseGapMs);
    if (this.#gapsMs.length > KEPT) this.#gapsMs.shift();
  }

  /** Null before the first answer. */
  median(): { p50Ms: number; n: number } | null {
    const gaps = distribution(this.#gapsMs);
    return gaps && { p50Ms: gaps.p50, n: gaps.n };
  }
}
