/** Opens the database: a SQLite file, or PostgreSQL where DATABASE_URL is set. For the store's own threads, and the doctor. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import SqliteFile from 'better-sqlite3';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import type { Tables } from './tables.ts';

export type Dialect = 'sqlite' | 'postgres';

export interface Database {
  db: Kysely<Tables>;
  dialect: Dialect;
}

export type DatabasePlace = { file: string } | { url: string };

/** How long a statement waits for another process that holds the file. It blocks the worker, nothing else. */
export const SQLITE_BUSY_MS = 1_500;
/** Of a server that does not answer. */
const CONNECT_WITHIN_MS = 5_000;
const STATEMENT_WITHIN_MS = 10_000;
/** Of each of the two threads of a machine. */
const CONNECTIONS = 4;

const INT8 = 20;

/** Makes the folder of the file. Rejects, or lets the first statement reject, with what the driver throws. */
export async function openDatabase(place: DatabasePlace): Promise<Database> {
  return 'file' in place ? openFile(place.file) : await openServer(place.url);
}

/** As `openDatabase`, of one that is there already; a file cannot be written by it. */
export async function openForReading(place: DatabasePlace): Promise<Database> {
  if ('url' in place) return await openServer(place.url);
  return behind(new SqliteFile(place.file, { readonly: true, timeout: SQLITE_BUSY_MS }));
}

function openFile(path: string): Database {
  mkdirSync(dirname(path), { recursive: true });
  // Who opted out is nobody else's business; the files that SQLite puts beside it take over the mode.
  closeSync(openSync(path, 'a', 0o600));
  const file = new SqliteFile(path, { timeout: SQLITE_BUSY_MS });
  try {
    // Readers do not wait for the writer. Whoever is told that a choice is stored may rely on it after a power cut too:
    // each commit waits for the disk. Turns come in batches, so that it costs them little.
    file.pragma('journal_mode = WAL');
    file.pragma('synchronous = FULL');
    return behind(file);
  } catch (error) {
    file.close();
    throw error;
  }
}

function behind(file: SqliteFile.Database): Database {
  file.pragma('cache_size = -32768');
  return { db: new Kysely<Tables>({ dialect: new SqliteDialect({ database: file }) }), dialect: 'sqlite' };
}

async function openServer(connectionString: string): Promise<Database> {
  // Only where it is used: it takes a while to load.
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    ...{ connectionString, max: CONNECTIONS, connectionTimeoutMillis: CONNECT_WITHIN_MS },
    ...{ statement_timeout: STATEMENT_WITHIN_MS, query_timeout: STATEMENT_WITHIN_MS + 1_000 },
    ...{ keepAlive: true, application_name: 'parley' },
    types: {
      // Counts and times fit a number; the driver would give them as text.
      getTypeParser: (id, format) => (id === INT8 ? Number : pg.types.getTypeParser(id, format)),
    },
  });
  // A connection that breaks while nobody uses it, or between two statements: the next one fails, or opens another.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return { db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }), dialect: 'postgres' };
}
