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
  // Rounded before the ceiling, so that 0.95 * 20 does not become 19.000000000000004 and then 20.
  const rank = Math.ceil(Number(((percent / 100) * sorted.length).toFixed(9)));
  return sorted[Math.max(1, rank) - 1]!;
}

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
