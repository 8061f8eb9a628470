/** Percentiles by nearest rank: always one of the measured values, never one in between. */

export interface Distribution {
  /** How many values there were: at least 1. */
  n: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
}

/**
 * The smallest value with at least `percent` % of all values at or below it. `sorted` ascends and is not empty.
 * @param percent above 0, at most 100.
 */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[rankOf(percent, sorted.length) - 1]!;
}

/** Of the `percent`-th percentile among `n` values, from 1 to `n`. Rounded before the ceiling, so that 0.95 * 20 does not become 19.000000000000004 and then 20. */
export const rankOf = (percent: number, n: number): number =>
  Math.max(1, Math.ceil(Number(((percent / 100) * n).toFixed(9))));

/** The percentiles of `values`, in any order; null when there is none. */
export function distribution(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return {
    n: sorted.length,
    p50: percentile(sorted, 50),
    p90: percentile(sorted, 90),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
  };
}

/** As `distribution`, of values with how often each came up; in any order, each value once. */
export function distributionOfCounts(
  counts: readonly (readonly [value: number, times: number])[],
): Distribution | null {
  const sorted = counts.filter(([, times]) => times > 0).sort(([a], [b]) => a - b);
  const n = sorted.reduce((sum, [, times]) => sum + times, 0);
  if (n === 0) return null;
  const at = (percent: number): number => {
    const rank = rankOf(percent, n);
    let below = 0;
    const holdsRank = ([, times]: readonly [number, number]): boolean => {
      below += times;
      return below >= rank;
    };
    return sorted.find(holdsRank)![0];
  };
  return { n, p50: at(50), p90: at(90), p95: at(95), p99: at(99) };
}
