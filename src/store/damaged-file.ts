/** A SQLite file that is damaged is moved aside, and a new one begun with what must not be forgotten: who opted out. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import SqliteFile from 'better-sqlite3';
import { ParleyError } from '../base/errors.ts';
import { openDatabase } from './database.ts';
import { migrate } from './migrations.ts';
import { setConsent } from './shared-tables.ts';

/** SQLite keeps what was written last in files beside the main one. */
const PARTS = ['', '-wal', '-shm'];

/**
 * Without the file, and with a damaged one beside its place, nobody knows who opted out: the program must not listen
 * until the operator has decided. Throws a ParleyError (`CONSENT_CORRUPT`).
 */
export function assertConsentKnown(file: string): void {
  if (existsSync(file)) return;
  const folder = dirname(file);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const aside = names.find(
    (name) => name.startsWith(`${basename(file)}.corrupt-`) && !/-(wal|shm)$/.test(name),
  );
  if (aside !== undefined) throw consentLost(file, join(folder, aside));
}

/**
 * Puts a new file in the place of the damaged one; resolves with the path of the latter.
 * @param optedOut who is known to have opted out, with the time of it; null when only the damaged file may tell. When that one cannot,
 * nothing new is begun, and the promise rejects with a ParleyError (`CONSENT_CORRUPT`).
 */
export async function replaceDamaged(
  file: string,
  optedOut: ReadonlyMap<string, number> | null,
  atUnixMs: number,
): Promise<string> {
  const aside = `${file}.corrupt-${new Date(atUnixMs).toISOString().replace(/[:.]/g, '-')}`;
  const known = optedOut ?? readConsent(file);
  const next = `${file}.new`;
  if (known) await begin(next, known);
  // The crash of a moment in between leaves a damaged file alone in the folder: the start refuses, nothing is forgotten.
  for (const part of PARTS) if (existsSync(file + part)) renameSync(file + part, aside + part);
  if (!known) throw consentLost(file, aside);
  renameSync(next, file);
  return aside;
}

async function begin(file: string, optedOut: ReadonlyMap<string, number>): Promise<void> {
  for (const part of PARTS) rmSync(file + part, { force: true });
  const database = await openDatabase({ file });
  try {
    await migrate(database);
    for (const [userId, atUnixMs] of optedOut)
      await setConsent(database, { userId, optedOut: true, atUnixMs, afterOptOut: null });
  } finally {
    await database.db.destroy();
  }
}

/** Who opted out by a damaged file; null when the part of it that tells is damaged too. */
function readConsent(file: string): Map<string, number> | null {
  try {
    const damaged = new SqliteFile(file, { readonly: true });
    try {
      if (damaged.pragma("integrity_check('consent')", { simple: true }) !== 'ok') return null;
      const rows = damaged.prepare('select user_id, at from consent where opted_out = 1').raw().all();
      return new Map(rows as [string, number][]);
    } finally {
      damaged.close();
    }
  } catch {
    return null;
  }
}

const consentLost = (file: string, aside: string): ParleyError =>
  new ParleyError(
    `The store is damaged, and with it the list of people who opted out of being heard; it is kept as ${aside}`,
    {
      code: 'CONSENT_CORRUPT',
      remedy: `Put a backup of the store back as ${file}; only if nobody had opted out, delete ${aside}, and a new one is begun.`,
    },
  );
