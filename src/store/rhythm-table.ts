/** How people pause, in the database: of nobody who opted out, whichever machine they told. */
import type { Database } from './database.ts';
import type { StoredRhythm } from './protocol.ts';
import { optedOutOf } from './shared-tables.ts';

export async function readRhythm({ db }: Database, userId: string): Promise<StoredRhythm | null> {
  const row = await db.selectFrom('rhythms').selectAll().where('user_id', '=', userId).executeTakeFirst();
  if (!row) return null;
  return { userId, pauseMs: row.pause_ms, afterCompleteMs: row.after_complete_ms, atUnixMs: row.at };
}

export async function saveRhythms({ db }: Database, rhythms: readonly StoredRhythm[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const userIds = rhythms.map(({ userId }) => userId);
    const ignored = await optedOutOf(transaction, userIds);
    const rows = rhythms
      .filter(({ userId }) => !ignored.has(userId))
      .map(({ userId, pauseMs, afterCompleteMs, atUnixMs }) => ({
        ...{ user_id: userId, pause_ms: pauseMs, after_complete_ms: afterCompleteMs },
        at: Math.round(atUnixMs),
      }));
    if (rows.length === 0) return;
    await transaction
      .insertInto('rhythms')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('user_id').doUpdateSet(({ ref }) => ({
          pause_ms: ref('excluded.pause_ms'),
          after_complete_ms: ref('excluded.after_complete_ms'),
          at: ref('excluded.at'),
        })),
      )
      .execute();
  });
}

export async function forgetRhythm({ db }: Database, userId: string): Promise<void> {
  await db.deleteFrom('rhythms').where('user_id', '=', userId).execute();
}

/** Of all who opted out, and of those who have not talked since then. */
export async function removeRhythms({ db }: Database, beforeUnixMs: number): Promise<void> {
  const optedOut = db.selectFrom('consent').select('user_id').where('opted_out', '=', 1);
  await db
    .deleteFrom('rhythms')
    .where(({ or, eb }) => or([eb('user_id', 'in', optedOut), eb('at', '<', beforeUnixMs)]))
    .execute();
}
