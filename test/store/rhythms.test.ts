/** How people pause is kept from one run to the next, on both databases: of nobody who opted out, and not for ever. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations.ts';
import { readRhythm, removeRhythms, saveRhythms } from '../../src/store/rhythm-table.ts';
import { setConsent } from '../../src/store/shared-tables.ts';
import type { Store } from '../../src/store/store.ts';
import { databases, type EmptyDatabase } from '../support/databases.ts';
import { openAt } from './rig.ts';

const rhythm = { pauseMs: 712.5, afterCompleteMs: 260.25 };

describe.each(databases)('rhythms in %s', (_name, make) => {
  let empty: EmptyDatabase;
  const stores: Store[] = [];
  beforeEach(async () => {
    empty = await make();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await empty.drop();
  });
  const open = async () => {
    const store = await openAt(empty.place);
    stores.push(store);
    return store;
  };

  it('are known to the next run, until their speaker opts out', async () => {
    const store = await open();
    store.rhythms.learned('1', rhythm);
    store.rhythms.learned('2', rhythm);
    expect(await store.rhythms.of('1')).toMatchObject(rhythm);
    expect(await store.rhythms.of('3')).toBeNull();
    await store.close();
    const again = await open();
    expect(await again.rhythms.of('1')).toMatchObject(rhythm);
    again.rhythms.learned('2', { ...rhythm, pauseMs: 1 });
    await again.consent.optOut('1');
    // On its way when they opted out, and after it.
    await again.consent.optOut('2');
    again.rhythms.learned('2', rhythm);
    await again.consent.optIn('1');
    await again.consent.optIn('2');
    expect([await again.rhythms.of('1'), await again.rhythms.of('2')]).toEqual([null, null]);
  });

  it('of whoever opted out elsewhere are not saved, and those that were are removed, as old ones are', async () => {
    const database = await openDatabase(empty.place);
    await migrate(database);
    const optOut = async (userId: string) =>
      await setConsent(database, { userId, optedOut: true, atUnixMs: 1, afterOptOut: null });
    const learned = ['1', '2', '3', '4'].map((userId) => ({ userId, ...rhythm, atUnixMs: Number(userId) }));
    await optOut('3');
    await saveRhythms(database, learned);
    const known = async () => {
      const all = await Promise.all(learned.map(({ userId }) => readRhythm(database, userId)));
      return all.flatMap((one) => one?.userId ?? []);
    };
    expect(await known()).toEqual(['1', '2', '4']);
    await optOut('2');
    await removeRhythms(database, 2);
    expect(await known()).toEqual(['4']);
    await database.db.destroy();
  });
});
