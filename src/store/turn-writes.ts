/** Turns into the store, and out of it when they are old or their speaker no longer wants to be known. */
import type { Kysely } from 'kysely';
import type { TurnRecord } from '../latency/timeline.ts';
import type { Database } from './database.ts';
import { optedOutOf } from './shared-tables.ts';
import type { Tables, TallyTable } from './tables.ts';
import { dayOf, talliesOf } from './tallies.ts';
import { jsonOf, NOBODY, rowOf, type TurnRow } from './turn-rows.ts';

/** SQLite takes 32,766 values in a statement, PostgreSQL 65,535: a turn has 24, a tally 6. */
const TURNS_A_STATEMENT = 500;
const TALLIES_A_STATEMENT = 5_000;
const SPEAKERS_A_STATEMENT = 1_000;
/** Rows that one step of tidying changes: it holds up the writing of turns for some ms. */
const ROWS_A_STEP = 500;

/**
 * All or nothing, once: a turn that is stored already is passed over, so a batch may be written again. Those of people
 * who opted out, whichever machine they told, are stored without their ids.
 */
export async function addTurns({ db }: Database, turns: readonly TurnRecord[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const counted: TurnRow[] = [];
    for (let at = 0; at < turns.length; at += TURNS_A_STATEMENT) {
      const part = turns.slice(at, at + TURNS_A_STATEMENT);
      const rows = part.map(rowOf);
      const added = await transaction
        .insertInto('turns')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['id', 'ended_at']).doNothing())
        .returning(['seq', 'id', 'ended_at'])
        .execute();
      if (added.length === 0) continue;
      const told = new Map(part.map((record, i) => [keyOf(rows[i]!), { record, row: rows[i]! }]));
      const fresh = added.map((row) => ({ seq: row.seq, ...told.get(keyOf(row))! }));
      const records = fresh.map(({ seq, record }) => ({ seq, record: jsonOf(record) }));
      await transaction.insertInto('turn_records').values(records).execute();
      await unname(transaction, fresh);
      counted.push(...fresh.map(({ row }) => row));
    }
    await tally(transaction, counted);
  });
}

/** After they were written: a transaction of SQLite that reads first may not come to write when others do too. */
async function unname(db: Kysely<Tables>, turns: readonly { seq: number; row: TurnRow }[]): Promise<void> {
  const ignored = await optedOutOf(
    db,
    turns.map(({ row }) => row.speaker_id),
  );
  const theirs = turns.filter(({ row }) => ignored.has(row.speaker_id)).map(({ seq }) => seq);
  if (theirs.length === 0) return;
  await db.updateTable('turns').set({ speaker_id: NOBODY }).where('seq', 'in', theirs).execute();
}

const keyOf = ({ id, ended_at }: { id: string; ended_at: number }): string => `${ended_at} ${id}`;

async function tally(db: Kysely<Tables>, rows: readonly TurnRow[]): Promise<void> {
  const sums = new Map<string, TallyTable>();
  for (const row of rows) {
    const day = dayOf(row.ended_at);
    for (const one of talliesOf(row)) {
      const key = `${row.guild_id} ${day} ${one.ms} ${one.what} ${row.vendors}`;
      const sum = sums.get(key);
      if (sum) sum.amount += one.amount;
      else sums.set(key, { guild_id: row.guild_id, vendors: row.vendors, day, ...one });
    }
  }
  // In one order everywhere: two processes that add to the same rows wait for each other, and never in a circle.
  const sorted = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  for (let at = 0; at < sorted.length; at += TALLIES_A_STATEMENT) {
    await db
      .insertInto('tallies')
      .values(sorted.slice(at, at + TALLIES_A_STATEMENT))
      .onConflict((conflict) =>
        conflict
          .columns(['guild_id', 'what', 'ms', 'vendors', 'day'])
          .doUpdateSet((row) => ({ amount: row('tallies.amount', '+', row.ref('excluded.amount')) })),
      )
      .execute();
  }
}

/** One step of removing what ended before `beforeUnixMs`, the start of a day; false when nothing is left to remove. */
export async function removeOld({ db }: Database, beforeUnixMs: number): Promise<boolean> {
  const old = await db
    .selectFrom('turns')
    .select('seq')
    .where('ended_at', '<', beforeUnixMs)
    .limit(ROWS_A_STEP)
    .execute();
  if (old.length > 0) {
    const seqs = old.map(({ seq }) => seq);
    await db.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('turn_records').where('seq', 'in', seqs).execute();
      await transaction.deleteFrom('turns').where('seq', 'in', seqs).execute();
    });
    return true;
  }
  const oldest = await db
    .selectFrom('tallies')
    .select(['guild_id', 'day'])
    .where('day', '<', dayOf(beforeUnixMs))
    .limit(1)
    .executeTakeFirst();
  if (!oldest) {
    await db
      .deleteFrom('usage')
      .where('day', '<', new Date(beforeUnixMs).toISOString().slice(0, 10))
      .execute();
    return false;
  }
  const { guild_id, day } = oldest;
  await db.deleteFrom('tallies').where('guild_id', '=', guild_id).where('day', '=', day).execute();
  return true;
}

/** One step of taking the ids of those who opted out off their turns; false when none is left. */
export async function forgetSpeakers({ db }: Database): Promise<boolean> {
  const optedOut = await db.selectFrom('consent').select('user_id').where('opted_out', '=', 1).execute();
  for (let at = 0; at < optedOut.length; at += SPEAKERS_A_STATEMENT) {
    // Named one by one, they are looked up in the index: PostgreSQL would rather read all turns than a subquery's.
    const speakers = optedOut.slice(at, at + SPEAKERS_A_STATEMENT).map(({ user_id }) => user_id);
    const theirs = db
      .selectFrom('turns')
      .select('seq')
      .where('speaker_id', 'in', speakers)
      .limit(ROWS_A_STEP);
    const { numUpdatedRows } = await db
      .updateTable('turns')
      .set({ speaker_id: NOBODY })
      .where('seq', 'in', theirs)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows > 0n) return true;
  }
  return false;
}
