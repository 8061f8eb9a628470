/** What the errors of SQLite and PostgreSQL mean, and what the operator does about each. */
import { dirname } from 'node:path';
import { ParleyError } from '../base/errors.ts';
import type { DatabasePlace } from './database.ts';
import type { StoreFailure } from './protocol.ts';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const DAMAGED = 'STORE_DAMAGED';

/** The file is not what SQLite wrote; here, or by what the reading thread said. */
export const isDamaged = (error: unknown): boolean =>
  /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error)) || codeOf(error) === DAMAGED;

const LOST_CODES = /^(08|57P0|25P03)|^E(CONN|TIMEDOUT|PIPE|HOST|NET|NOTFOUND|AI_AGAIN)/;
/** Of the driver, which gives these no code: of the way to the server, and of a pool that was given up with it. */
const LOST_WORDS = [
  ...['Connection terminated', 'timeout exceeded when trying to connect', 'timeout expired'],
  ...['Query read timeout', 'Client has encountered a connection error', 'not queryable'],
  ...['Cannot use a pool after calling end', 'Called end on pool', 'driver has already been destroyed'],
];

/** PostgreSQL cannot be talked to over this connection any more. */
export const isConnectionLost = (error: unknown): boolean =>
  LOST_CODES.test(codeOf(error)) ||
  (error instanceof Error && LOST_WORDS.some((words) => error.message.includes(words)));

/** As a message that is cloned between threads; it holds neither an address with its password nor what was written. */
export function failureOf(error: unknown, place: DatabasePlace): StoreFailure {
  if (error instanceof ParleyError) {
    const { code, message, remedy } = error;
    return { code, message, remedy };
  }
  return 'file' in place ? fileFailure(error, place.file) : serverFailure(error);
}

function fileFailure(error: unknown, file: string): StoreFailure {
  const code = codeOf(error);
  if (isDamaged(error)) {
    const remedy = `Put a backup in the place of ${file}, and see whether the disk is sound.`;
    return { code: DAMAGED, message: 'The file of the store is damaged', remedy };
  }
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)/.test(code)) {
    const remedy = `Free some space on the disk of ${file}; what is not stored yet is kept in memory meanwhile.`;
    return { code: 'STORE_FULL', message: 'The disk of the store is full', remedy };
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    const remedy = `End the other program that has ${file} open; what is not stored yet is kept in memory meanwhile.`;
    return { code: 'STORE_LOCKED', message: 'Another program holds the file of the store', remedy };
  }
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH|IOERR)|^E[A-Z]+$/.test(code)) {
    const remedy = `Make ${dirname(file)} (DATA_DIR) a folder that the program may write to, on a sound disk.`;
    return {
      code: 'STORE_UNUSABLE',
      message: `The store cannot be read or written: ${file} (${code})`,
      remedy,
    };
  }
  return unknownFailure(error, code);
}

function serverFailure(error: unknown): StoreFailure {
  const code = codeOf(error);
  if (isConnectionLost(error)) {
    const remedy =
      'See whether PostgreSQL runs and can be reached at the address in DATABASE_URL; what is not stored yet is kept in memory meanwhile.';
    return { code: 'STORE_UNREACHABLE', message: 'PostgreSQL cannot be reached', remedy };
  }
  if (code === '57014') {
    const remedy =
      'See in pg_stat_activity what keeps PostgreSQL busy; it also needs VACUUM ANALYZE of its tables now and then.';
    return {
      code: 'STORE_SLOW',
      message: 'PostgreSQL took too long for a statement, and gave it up',
      remedy,
    };
  }
  if (code === '55P03') {
    const remedy =
      'See in pg_locks who holds the tables of the program, and end that; what is not stored yet is kept in memory meanwhile.';
    return { code: 'STORE_LOCKED', message: 'Somebody else holds a lock in PostgreSQL', remedy };
  }
  if (code.startsWith('28')) {
    const remedy = 'Correct user and password in DATABASE_URL.';
    return { code: 'STORE_REFUSED', message: 'PostgreSQL does not let the program in', remedy };
  }
  if (code === '3D000') {
    const remedy = 'Correct the name at the end of DATABASE_URL, or create the database with createdb.';
    return { code: 'STORE_REFUSED', message: 'PostgreSQL has no such database', remedy };
  }
  if (code === '42501') {
    const remedy = 'Let the user in DATABASE_URL create tables: GRANT CREATE, USAGE ON SCHEMA public.';
    return {
      code: 'STORE_REFUSED',
      message: 'PostgreSQL does not let the program create its tables',
      remedy,
    };
  }
  if (/^53/.test(code)) {
    const remedy = 'Give PostgreSQL disk space, memory or more connections; its log says which.';
    return { code: 'STORE_FULL', message: 'PostgreSQL has run out of something', remedy };
  }
  return unknownFailure(error, code);
}

function unknownFailure(error: unknown, code: string): StoreFailure {
  const message = `The store failed: ${error instanceof Error ? error.message : String(error)} (${code || 'no code'})`;
  return { code: 'STORE_FAILED', message, remedy: 'Start again; if it stays, please report this message.' };
}
