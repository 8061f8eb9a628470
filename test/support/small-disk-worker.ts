/** The store's worker on a disk that the test makes full and empties again: SQLite itself is told how many pages fit. */
import { workerData } from 'node:worker_threads';
import SqliteFile from 'better-sqlite3';

const { pagesThatFit } = workerData as { pagesThatFit: Int32Array };
const { exec, prepare } = SqliteFile.prototype;

// Before each statement: what is over the limit that holds now, SQLite refuses as it does on a full disk.
SqliteFile.prototype.prepare = function onSmallDisk(this: SqliteFile.Database, source: string) {
  exec.call(this, `pragma max_page_count = ${Atomics.load(pagesThatFit, 0)}`);
  return prepare.call(this, source);
} as typeof prepare;

await import('../../src/store/worker.ts');
