/** Whether PostgreSQL lets the program in, and do what it has to. */
import { sql } from 'kysely';
import type { Clock } from '../base/clock.ts';
import { ParleyError } from '../base/errors.ts';
import type { StoreCheck } from './check.ts';
import { type Database, type DatabasePlace, openForReading } from './database.ts';
import { missingSteps } from './migrations.ts';

/** Rejects with what the driver throws, or with a ParleyError (`STORE_REFUSED`). */
export async function checkServer(place: DatabasePlace, clock: Clock): Promise<StoreCheck> {
  const database = await openForReading(place);
  try {
    const startMs = clock.now();
    const { version, replica, creates } = await rightsOf(database);
    const connectedMs = clock.now();
    const missing = await missingSteps(database);
    const askedMs = clock.now();
    const writes = missing > 0 ? creates : await mayWrite(database);
    await rightsOf(database);
    const warmMs = clock.now() - askedMs;
    if (replica) throw refused('is a copy that can only be read', 'Name the server that is written to.');
    if (!writes) {
      const tables = missing > 0 ? 'create its tables' : 'write into its tables';
      throw refused(`does not let the program ${tables}`, GRANT);
    }
    const state = missing > 0 ? 'its tables are made at the first start' : 'its tables are up to date';
    const found = `PostgreSQL ${version}; ${state}`;
    return { found, remedy: null, coldMs: connectedMs - startMs, warmMs };
  } finally {
    // A connection that is dead may take for ever to end.
    void database.db.destroy().catch(() => {});
  }
}

const GRANT = 'Let the user in DATABASE_URL own the tables, or: GRANT CREATE, USAGE ON SCHEMA public.';

const refused = (what: string, remedy: string): ParleyError =>
  new ParleyError(`PostgreSQL ${what}`, { code: 'STORE_REFUSED', remedy });

async function rightsOf({ db }: Database) {
  const { rows } = await sql<{ version: string; replica: boolean; creates: boolean }>`
    select split_part(current_setting('server_version'), ' ', 1) as version, pg_is_in_recovery() as replica,
      coalesce(has_schema_privilege(current_schema(), 'create'), false) as creates`.execute(db);
  return rows[0]!;
}

async function mayWrite({ db }: Database): Promise<boolean> {
  const { rows } = await sql<{ writes: boolean }>`
    select bool_and(has_table_privilege(name, right_to)) and has_sequence_privilege('turns_seq_seq', 'usage') as writes
    from unnest(array['turns', 'turn_records', 'tallies', 'consent', 'guild_settings', 'usage', 'rhythms']) as name,
      unnest(array['select', 'insert', 'update', 'delete']) as right_to`.execute(db);
  return rows[0]!.writes;
}
