/** Whether the SQLite file of the store can be written, is sound, and has room on its disk. */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import SqliteFile from 'better-sqlite3';
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError } from '../base/errors.ts';
import type { StoreCheck } from './check.ts';
import { assertConsentKnown } from './damaged-file.ts';
import { SQLITE_BUSY_MS } from './database.ts';

const QUICK_CHECK = fileURLToPath(new URL('./quick-check.ts', import.meta.url));
/** About 150,000 turns. */
const LITTLE_BYTES = 200_000_000;

/** Rejects with what Node or the driver throws, or with a ParleyError (`STORE_DAMAGED`, `CONSENT_CORRUPT`). */
export async function checkFile(given: string, clock: Clock, withinMs: number): Promise<StoreCheck> {
  const file = resolve(given);
  assertConsentKnown(file);
  const folder = nearestFolder(file);
  accessSync(folder, constants.W_OK | constants.X_OK);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const state = existsSync(file) ? await stateOf(file, clock, withinMs) : 'is made at the first start';
  const found = `SQLite in ${file}: ${state}; ${inWords(free)} free`;
  const remedy = free < LITTLE_BYTES ? `Free some space on the disk of ${folder}.` : null;
  return { found, remedy };
}

/** The store makes the folders that are missing. */
function nearestFolder(file: string): string {
  let folder = dirname(file);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

async function stateOf(file: string, clock: Clock, withinMs: number): Promise<string> {
  takeWriteLock(file);
  const damage = await damageOf(file, clock, withinMs);
  const size = inWords(statSync(file).size);
  if (damage === null) return `can be written, sound (${size})`;
  if (damage === 'late')
    return `can be written; too large (${size}) to look through in ${withinMs / 1_000} s`;
  throw new ParleyError(`The file of the store is damaged: ${file} (${damage})`, {
    code: 'STORE_DAMAGED',
    remedy: `Stop the agent and put a backup in its place, or just start: who opted out is kept where that can still be read.`,
  });
}

/** What a write does first; nothing is written. Throws what SQLite throws. */
function takeWriteLock(path: string): void {
  const file = new SqliteFile(path, { fileMustExist: true, timeout: SQLITE_BUSY_MS });
  try {
    file.exec('begin immediate');
    file.exec('rollback');
  } finally {
    file.close();
  }
}

/** In a process, which can be ended in the middle of a statement. Null when the file is sound. */
async function damageOf(file: string, clock: Clock, withinMs: number): Promise<string | null> {
  const deadline = { clock, afterMs: withinMs, what: 'looking through the file', remedy: 'Wait.' };
  try {
    const { stdout } = await withDeadline({ ...deadline, code: LATE }, (signal) =>
      promisify(execFile)(process.execPath, [QUICK_CHECK, file], { signal }),
    );
    return stdout.trim() === 'ok' ? null : stdout.trim();
  } catch (error) {
    if (error instanceof ParleyError && error.code === LATE) return 'late';
    throw error;
  }
}

const LATE = 'QUICK_CHECK_LATE';

const inWords = (bytes: number): string =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
