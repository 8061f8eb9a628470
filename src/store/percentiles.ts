/** Nearest-rank percentiles by the aggregate that each database has of its own. */
import { type RawBuilder, sql } from 'kysely';
import { rankOf } from '../latency/percentile.ts';
import type { Dialect } from './database.ts';

/**
 * The smallest value of `column` that is not below `percent` % of them; null when there is none.
 * @param n how many values there are: SQLite has to be told.
 */
export function nearestRank(
  dialect: Dialect,
  column: string,
  percent: number,
  n: number,
): RawBuilder<number | null> {
  const values = sql.ref(column);
  if (dialect === 'postgres')
    return sql`percentile_disc(${sql.lit(percent / 100)}) within group (order by ${values})`;
  // SQLite's percentile_disc takes the value at floor(fraction * (n - 1)), counted from 0: of four values the third as the
  // 95th percentile, where nearest rank, as PostgreSQL has it, takes the fourth. So it is given the fraction that leads
  // to the nearest rank; half a step above it, for no rounding to fall below.
  const fraction = Math.min(1, (rankOf(percent, n) - 0.5) / Math.max(1, n - 1));
  return sql`percentile_disc(${values}, ${sql.lit(fraction)})`;
}
