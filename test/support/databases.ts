/** Empty databases for tests: a SQLite file, and one on a real PostgreSQL where TEST_DATABASE_URL names a server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabasePlace } from '../../src/store/database.ts';

export interface EmptyDatabase {
  place: DatabasePlace;
  /** Drops it; whoever is still connected is thrown out. */
  drop(): Promise<void>;
}

const server = process.env.TEST_DATABASE_URL ?? '';

/** Whether there is a PostgreSQL to test against: without one its tests are skipped, but never where CI runs. */
export function hasPostgres(): boolean {
  if (server !== '') return true;
  if (process.env.CI === 'true')
    throw new Error('TEST_DATABASE_URL is not set: .ci/services start begins one');
  console.warn('Tests against PostgreSQL are skipped: TEST_DATABASE_URL is not set (see .ci/services).');
  return false;
}

export function emptyFile(): EmptyDatabase & { place: { file: string } } {
  const dir = mkdtempSync(join(tmpdir(), 'parley-store-'));
  const drop = async () => rmSync(dir, { recursive: true, force: true });
  return { place: { file: join(dir, 'parley.db') }, drop };
}

export async function emptyPostgres(): Promise<EmptyDatabase & { place: { url: string } }> {
  const name = `parley_test_${process.pid}_${Math.random().toString(36).slice(2)}`;
  await onServer(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const drop = async () => {
    await onServer(`drop database ${name} with (force)`);
  };
  return { place: { url: url.href }, drop };
}

/** Both kinds, for `describe.each`: PostgreSQL only where there is one. */
export const databases: readonly [name: string, make: () => EmptyDatabase | Promise<EmptyDatabase>][] = [
  ['SQLite', emptyFile],
  ...(hasPostgres() ? [['PostgreSQL', emptyPostgres] as [string, typeof emptyPostgres]] : []),
];

/** Runs one statement on the server of the tests, in its own database or the given one. */
export async function onServer(statement: string, url: string = server): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
