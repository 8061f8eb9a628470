/** Ways of choosing at random, from one seeded source of numbers. */
import { seededRandom } from '../base/seeded-random.ts';

export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** True in this share of the cases. */
  is(share: number): boolean {
    return this.#random() < share;
  }

  between(from: number, to: number): number {
    return from + this.#random() * (to - from);
  }

  /** A whole number of at least `from` and at most `to`. */
  int(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  /** At least `least`, mostly near it, seldom far above: `more` on average. */
  tail(least: number, more: number): number {
    return least - Math.log(1 - this.#random()) * more;
  }
}
