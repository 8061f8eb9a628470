/** How the tables came to be: each step runs once, in order; what has been released is never changed, only added to. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Database, Dialect } from './database.ts';

const FIGURES = [
  ...['response_gap_ms', 'pipeline_ms', 'prompt_ms', 'receive_repair_ms', 'gate_ms', 'speech_to_text_ms'],
  ...['language_model_ms', 'first_clause_ms', 'text_to_speech_ms'],
];

/** Creates what is missing. Several processes may do so at once: on PostgreSQL one of them does, and the others wait. */
export async function migrate({ db, dialect }: Database): Promise<void> {
  const { error } = await migratorOf({ db, dialect }).migrateToLatest();
  if (error !== undefined) throw error;
}

/** How many steps `migrate` would take. Changes nothing. */
export async function missingSteps(database: Database): Promise<number> {
  const steps = await migratorOf(database).getMigrations();
  return steps.filter(({ executedAt }) => executedAt === undefined).length;
}

const migratorOf = ({ db, dialect }: Database): Migrator =>
  new Migrator({ db, provider: { getMigrations: async () => migrations(dialect) } });

const migrations = (dialect: Dialect): Record<string, Migration> => ({
  '001-begin': {
    up: async (db) => {
      await createTurns(db, dialect);
      await createTallies(db);
      await createTheRest(db);
    },
  },
  '002-rhythms': {
    up: async (db) => {
      await db.schema
        .createTable('rhythms')
        .addColumn('user_id', 'text', (column) => column.notNull().primaryKey())
        .addColumn('pause_ms', 'double precision', (column) => column.notNull())
        .addColumn('after_complete_ms', 'double precision', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
});

// A migration knows only the tables of its own time.
// biome-ignore lint/suspicious/noExplicitAny: the type that Kysely gives migrations
type AnyDb = Kysely<any>;

async function createTurns(db: AnyDb, dialect: Dialect): Promise<void> {
  let table = db.schema
    .createTable('turns')
    .addColumn('seq', dialect === 'postgres' ? 'bigserial' : 'integer', (column) =>
      dialect === 'postgres' ? column.primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('guild_id', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'bigint', (column) => column.notNull());
  for (const name of ['speaker_id', 'vendors', 'outcome', 'speculation'])
    table = table.addColumn(name, 'text', (column) => column.notNull());
  for (const name of ['false_cutoff', 'repeated', 'billed'])
    table = table.addColumn(name, 'smallint', (column) => column.notNull());
  for (const name of ['false_barge_ins', 'wasted_tokens', 'wasted_characters'])
    table = table.addColumn(name, 'integer', (column) => column.notNull());
  table = table.addColumn('reason', 'text').addColumn('usd', 'double precision');
  for (const name of FIGURES) table = table.addColumn(name, 'integer');
  await table.execute();
  await db.schema
    .createTable('turn_records')
    .addColumn('seq', dialect === 'postgres' ? 'bigint' : 'integer', (column) =>
      column.notNull().primaryKey(),
    )
    .addColumn('record', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('turns_once').unique().on('turns').columns(['id', 'ended_at']).execute();
  // With all that /latency history asks for, so that a million turns are read from the index alone.
  const history = ['guild_id', 'ended_at', 'response_gap_ms', 'false_cutoff', 'outcome', 'speaker_id'];
  await db.schema.createIndex('turns_of_guild').on('turns').columns(history).execute();
  const speaker = ['speaker_id', 'guild_id', 'ended_at'];
  await db.schema.createIndex('turns_of_speaker').on('turns').columns(speaker).execute();
  await db.schema.createIndex('turns_by_age').on('turns').column('ended_at').execute();
}

async function createTallies(db: AnyDb): Promise<void> {
  await db.schema
    .createTable('tallies')
    .addColumn('guild_id', 'text', (column) => column.notNull())
    .addColumn('vendors', 'text', (column) => column.notNull())
    .addColumn('what', 'text', (column) => column.notNull())
    .addColumn('ms', 'integer', (column) => column.notNull())
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('amount', 'double precision', (column) => column.notNull())
    // The days of one value lie side by side: they are added up in the order of this key, without sorting.
    .addPrimaryKeyConstraint('tallies_key', ['guild_id', 'what', 'ms', 'vendors', 'day'])
    .execute();
  await db.schema.createIndex('tallies_by_day').on('tallies').column('day').execute();
}

async function createTheRest(db: AnyDb): Promise<void> {
  await db.schema
    .createTable('consent')
    .addColumn('user_id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('opted_out', 'smallint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('guild_settings')
    .addColumn('guild_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('guild_settings_key', ['guild_id', 'name'])
    .execute();
  await db.schema
    .createTable('usage')
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('guild_id', 'text', (column) => column.notNull())
    .addColumn('service', 'text', (column) => column.notNull())
    .addColumn('writer', 'text', (column) => column.notNull())
    .addColumn('used', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('usage_key', ['day', 'guild_id', 'service', 'writer'])
    .execute();
}
