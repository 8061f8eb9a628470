/** A database that failed is opened anew once, however many questions met the failure. */
// @module-tag fault
import { afterAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { HeldDatabase } from '../../src/store/held-database.ts';
import { emptyFile } from '../support/databases.ts';

const { place, drop } = emptyFile();
afterAll(drop);

function rig() {
  const opened: Database[] = [];
  const fails = { now: false };
  const held = new HeldDatabase(async () => {
    if (fails.now) throw new Error('not there');
    const database = await openDatabase(place);
    opened.push(database);
    return database;
  });
  return { held, opened, fails };
}
const works = async (database: Database) =>
  await database.db.introspection.getTables().then(
    () => true,
    () => false,
  );

it('is opened once for all who ask, and again after it failed', async () => {
  const { held, opened, fails } = rig();
  fails.now = true;
  await expect(held.get()).rejects.toThrow('not there');
  fails.now = false;
  const [one, same] = await Promise.all([held.get(), held.get()]);
  expect([one === same, opened.length]).toEqual([true, 1]);
  await held.giveUp();
});

it('is given up by the first who met the failure, and the next one is kept when others tell of the old', async () => {
  const { held, opened } = rig();
  const first = await held.get();
  expect(await works(first)).toBe(true);
  await held.giveUp(first);
  const second = await held.get();
  await held.giveUp(first);
  expect([await held.get(), opened.length]).toEqual([second, 2]);
  expect([await works(first), await works(second)]).toEqual([false, true]);
  await held.giveUp();
  expect(await works(second)).toBe(false);
});
