/** Which of two choices about being heard holds, whatever the clocks of the machines say, on both databases. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations.ts';
import { setConsent, takeOverOptOuts } from '../../src/store/shared-tables.ts';
import { databases, type EmptyDatabase } from '../support/databases.ts';

describe.each(databases)('choices in %s', (_name, make) => {
  let empty: EmptyDatabase;
  let database: Database;
  beforeAll(async () => {
    empty = await make();
    database = await openDatabase(empty.place);
    await migrate(database);
  });
  afterAll(async () => {
    await database.db.destroy();
    await empty.drop();
  });
  const optOut = async (userId: string, atUnixMs: number) =>
    await setConsent(database, { userId, optedOut: true, atUnixMs, afterOptOut: null });
  const optIn = async (userId: string, atUnixMs: number, afterOptOut: number | null) =>
    await setConsent(database, { userId, optedOut: false, atUnixMs, afterOptOut });

  it('an opt-out holds over an opt-in of a machine whose clock is ahead', async () => {
    await optIn('1', 9_000, null);
    expect(await optOut('1', 5_000)).toEqual({ optedOut: true, atUnixMs: 9_001 });
  });

  it('an opt-in holds over the opt-out that it comes after, also by a clock that is behind', async () => {
    const { atUnixMs } = await optOut('2', 9_000);
    expect(await optIn('2', 5_000, atUnixMs)).toEqual({ optedOut: false, atUnixMs: 9_001 });
  });

  it('an opt-in of which nobody knows whether it comes after does not, also by a clock that is ahead', async () => {
    await optOut('3', 5_000);
    expect(await optIn('3', 9_000, null)).toEqual({ optedOut: true, atUnixMs: 5_000 });
  });

  it('an opt-in that had to wait does not undo the opt-out made meanwhile', async () => {
    const first = await optOut('4', 5_000);
    const second = await optOut('4', 4_000);
    expect(await optIn('4', 9_000, first.atUnixMs)).toEqual({ optedOut: true, atUnixMs: second.atUnixMs });
  });

  it('lists of earlier versions change no choice', async () => {
    await optIn('5', 1, null);
    await takeOverOptOuts(database, ['5', '6']);
    const rows = database.db.selectFrom('consent').select(['user_id', 'opted_out', 'at']);
    expect(await rows.where('user_id', 'in', ['5', '6']).orderBy('user_id').execute()).toEqual([
      { user_id: '5', opted_out: 0, at: 1 },
      { user_id: '6', opted_out: 1, at: 0 },
    ]);
  });

  it('are on the disk once they are stored', async () => {
    const asked = database.dialect === 'sqlite' ? sql`pragma synchronous` : sql`show synchronous_commit`;
    const { rows } = await asked.execute(database.db);
    // 2 is FULL: each commit waits for the disk.
    expect(rows).toEqual([database.dialect === 'sqlite' ? { synchronous: 2 } : { synchronous_commit: 'on' }]);
  });
});
