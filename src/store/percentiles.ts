/** Nearest-rank percentiles by the aggregate that each database has of its own. */
import { type Expression, type RawBuilder, sql } from 'kysely';
import type { Dialect } from './database.ts';

/**
 * The smallest of the group's values of `column` that is not below `percent` % of them; null in a group without values.
 * @param measured how many values of `column` the group has, the same in each of its rows: SQLite needs to know.
 */
export function nearestRank(
  dialect: Dialect,
  column: Expression<number | null>,
  percent: number,
  measured: Expression<number>,
): RawBuilder<number | null> {
  if (dialect === 'postgres')
    return sql`percentile_disc(${sql.lit(percent / 100)}) within group (order by ${column})`;
  // SQLite's percentile_disc takes the value at floor(fraction * (n - 1)), counted from 0: of four values the third as the
  // 95th percentile, where nearest rank, as PostgreSQL has it, takes the fourth. So it is given the fraction that leads
  // to the nearest rank, ceil(percent * n / 100); half a step above it, for no rounding to fall below.
  const rank = sql`(${sql.lit(percent)} * ${measured} + 99) / 100`;
  const fraction = sql`(${rank} - 0.5) / max(${measured} - 1, 1)`;
  return sql`percentile_disc(${column}, max(0.0, min(1.0, ${fraction})))`;
}
