/** Tidying goes on soon after it failed: until then, somebody who opted out is still named. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations.ts';
import { Tidying } from '../../src/store/tidying.ts';
import { emptyFile } from '../support/databases.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const { place, drop } = emptyFile();
let database: Database;
beforeEach(async () => {
  database = await openDatabase(place);
  await migrate(database);
});
afterEach(async () => {
  await database.db.destroy();
  await drop();
});

it('a step that failed is tried again within seconds, one that found nothing within the hour', async () => {
  const clock = new VirtualClock();
  let failing = true;
  const askedAtMs: number[] = [];
  const tidying = new Tidying({
    ...{ clock, nowUnixMs: () => 86_400_000 * 40, retentionDays: 30 },
    async database() {
      askedAtMs.push(clock.now());
      if (failing) throw new Error('no connection');
      return database;
    },
  });
  await clock.advance(30_000);
  expect(askedAtMs).toEqual([6_000, 16_000, 26_000]);
  failing = false;
  await clock.advance(6_000);
  await clock.advance(3_000_000);
  expect(askedAtMs).toEqual([6_000, 16_000, 26_000, 36_000]);
  tidying.close();
  expect(clock.pending).toBe(0);
});
