/** A long reading holds up nobody's choice: it has a thread and a connection of its own. */
import SqliteFile from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { emptyFile } from '../support/databases.ts';
import { openAt } from './rig.ts';

const { place, drop } = emptyFile();
const DAY_MS = 86_400_000;
let store: Store;
beforeEach(async () => {
  store = await openAt(place);
});
afterEach(async () => {
  await store.close();
  await drop();
});

/** Counts far in place of what is summed up, and finds nothing. */
const SLOW = `create view tallies as
  with recursive far(n) as (select 1 union all select n + 1 from far where n < 3000000)
  select '' as guild_id, '' as vendors, '' as what, 0 as ms, 0 as day, 0 as amount from far where n < 0`;

it('an opt-out is stored while very many turns are read', async () => {
  const file = new SqliteFile(place.file);
  file.exec(`drop table tallies; ${SLOW}`);
  file.close();
  const settled: string[] = [];
  const window = { guildId: '1', sinceUnixMs: 0, untilUnixMs: 10 * DAY_MS };
  const read = store.records.stats(window, 500).then(() => settled.push('read'));
  // On its way before the choice is made.
  await store.records.last('1');
  await store.consent.optOut('5').then(() => settled.push('stored'));
  await read;
  expect(settled).toEqual(['stored', 'read']);
});
