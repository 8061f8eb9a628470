/** What the doctor finds of a store: that the agent could use it, or why not; and that looking changes nothing. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { checkStore } from '../../src/store/check.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations.ts';
import { type EmptyDatabase, emptyPostgres, hasPostgres, onServer } from '../support/databases.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

describe('a file', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'parley-check-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const file = () => join(home, 'parley.db');
  const check = async (dataDir = home, clock = systemClock) =>
    await checkStore({ dataDir, databaseUrl: null }, clock);
  const begun = async () => {
    const database = await openDatabase({ file: file() });
    await migrate(database);
    await database.db.destroy();
  };

  it('that is not there yet will be made, also in a folder that is not', async () => {
    const { found, remedy } = await check(join(home, 'some', 'where'));
    expect(found).toMatch(/^SQLite in .*parley\.db: is made at the first start; [\d.]+ [MG]B free$/);
    expect(remedy).toBeNull();
    expect(readdirSync(home)).toEqual([]);
  });

  it('that is sound is said to be so', async () => {
    await begun();
    expect((await check()).found).toContain('parley.db: can be written, sound (1 MB); ');
  });

  it('that takes too long to look through is no failure', async () => {
    await begun();
    const clock = new VirtualClock();
    const checked = check(home, clock);
    await clock.advance(15_000);
    expect((await checked).found).toContain('can be written; too large (1 MB) to look through in 15 s');
  });

  describe('that the agent could not use', { tags: ['fault'] }, () => {
    it('because it is damaged', async () => {
      await begun();
      const bytes = readFileSync(file());
      bytes.fill(0xff, 4_096, 3 * 4_096);
      writeFileSync(file(), bytes);
      const remedy = expect.stringContaining('backup');
      await expect(check()).rejects.toMatchObject({ code: 'STORE_DAMAGED', remedy });
    });

    it('because it is none', async () => {
      writeFileSync(file(), 'no database at all, but long enough to be looked at'.repeat(100));
      await expect(check()).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    });

    it('because its folder is none', async () => {
      writeFileSync(join(home, 'file'), '');
      const remedy = expect.stringContaining('DATA_DIR');
      await expect(check(join(home, 'file'))).rejects.toMatchObject({ code: 'STORE_UNUSABLE', remedy });
    });

    it('because the list of who opted out was lost', async () => {
      writeFileSync(join(home, 'parley.db.corrupt-2026'), '');
      await expect(check()).rejects.toMatchObject({ code: 'CONSENT_CORRUPT' });
      expect(existsSync(file())).toBe(false);
    });
  });
});

describe.skipIf(!hasPostgres())('PostgreSQL', () => {
  let empty: EmptyDatabase & { place: { url: string } };
  beforeEach(async () => {
    empty = await emptyPostgres();
  });
  afterEach(async () => await empty.drop());
  const check = async (databaseUrl = empty.place.url) =>
    await checkStore({ dataDir: '.', databaseUrl }, systemClock);

  it('that has no tables yet, and that has all of them', async () => {
    const { found, remedy, coldMs, warmMs } = await check();
    expect(found).toMatch(/^PostgreSQL \d+\S*; its tables are made at the first start$/);
    expect([remedy, coldMs! > warmMs!, warmMs! > 0]).toEqual([null, true, true]);
    expect(await onServer(`select * from pg_tables where schemaname = 'public'`, empty.place.url)).toEqual(
      [],
    );
    const database = await openDatabase(empty.place);
    await migrate(database);
    await database.db.destroy();
    expect((await check()).found).toContain('; its tables are up to date');
  });

  it('that does not let the user do what it must', { tags: ['fault'] }, async () => {
    const role = `guest_${process.pid}`;
    await onServer(`create role ${role} login`);
    const url = new URL(empty.place.url);
    url.username = role;
    try {
      const code = 'STORE_REFUSED';
      await expect(check(url.href)).rejects.toMatchObject({
        ...{ code, message: 'PostgreSQL does not let the program create its tables' },
      });
      const database = await openDatabase(empty.place);
      await migrate(database);
      await database.db.destroy();
      await onServer(`grant select on all tables in schema public to ${role}`, empty.place.url);
      await expect(check(url.href)).rejects.toMatchObject({
        ...{ code, message: 'PostgreSQL does not let the program write into its tables' },
      });
    } finally {
      await onServer(`drop owned by ${role}`, empty.place.url);
      await onServer(`drop role ${role}`);
    }
  });

  it('that is not there is told without its password', { tags: ['fault'] }, async () => {
    const url = new URL(empty.place.url);
    url.port = '1';
    url.password = 'secret-word';
    const error = await check(url.href).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', message: 'PostgreSQL cannot be reached' });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret-word');
  });
});
