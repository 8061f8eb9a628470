/** What may happen to the file of the store: the talk goes on, the operator reads a remedy, and nothing is forgotten. */
// @module-tag fault
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import SqliteFile from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { turn } from '../latency/timelines.ts';
import { type EmptyDatabase, emptyFile } from '../support/databases.ts';
import type { LogLine } from '../support/recording-log.ts';
import { openAt } from './rig.ts';

let empty: EmptyDatabase & { place: { file: string } };
let logged: LogLine[];
let store: Store | null;
beforeEach(() => {
  empty = emptyFile();
  logged = [];
  store = null;
});
afterEach(async () => {
  await store?.close();
  await empty.drop();
});

const file = () => empty.place.file;
const open = async (spawn?: (url: URL, options: object) => Worker) => {
  store = await openAt(empty.place, logged, spawn && { spawn });
  return store;
};
const asides = () =>
  readdirSync(dirname(file())).filter((name) => name.includes('.corrupt-') && !/-(wal|shm)$/.test(name));
const warnings = () => logged.filter(({ level }) => level >= 40);
const worksAgain = () => logged.some(({ msg }) => msg === 'the store works again');

const now = Date.now();
const all = { guildId: 'guild', sinceUnixMs: 0, untilUnixMs: now + 1_000_000 };
const add = (to: Store, count: number, from = 0) => {
  for (let i = from; i < from + count; i++) to.addTurn(turn({ id: `t${i}`, endedAtUnixMs: now + i }));
};
const ids = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`);
const stored = async (from: Store) => (await from.records.list(all, 10_000)).map(({ id }) => id);
const LATER = { timeout: 20_000, interval: 50 };

it('a full disk: what was stored can be read, what comes is kept and stored later, in order', async () => {
  const pagesThatFit = new Int32Array(new SharedArrayBuffer(4));
  Atomics.store(pagesThatFit, 0, 1_000_000);
  const smallDisk = new URL('../support/small-disk-worker.ts', import.meta.url);
  const running = await open((_url, options) => {
    const given = options as { workerData: object };
    return new Worker(smallDisk, { ...given, workerData: { ...given.workerData, pagesThatFit } });
  });
  add(running, 10);
  expect(await stored(running)).toEqual(ids(10));
  Atomics.store(pagesThatFit, 0, 1);
  add(running, 500, 10);
  expect((await stored(running)).length).toBe(10);
  await expect(running.consent.optOut('5').then(() => running.consent.optOut('6'))).resolves.toBeUndefined();
  expect(await running.problem()).toContain('The disk of the store is full. Free some space on the disk of');
  add(running, 500, 510);
  expect((await stored(running)).length).toBe(10);
  expect(warnings()).toMatchObject([{ code: 'STORE_FULL', remedy: expect.stringContaining(file()) }]);
  Atomics.store(pagesThatFit, 0, 1_000_000);
  await expect.poll(worksAgain, LATER).toBe(true);
  expect(await stored(running)).toEqual(ids(1_010));
  expect(await running.problem()).toBeNull();
  const written = new SqliteFile(file(), { readonly: true });
  expect(written.prepare('select id from turns order by seq').pluck().all()).toEqual(ids(1_010));
  written.close();
});

it('a locked file: a choice is told not to be saved yet, and all is stored once the lock is gone', async () => {
  const running = await open();
  add(running, 1);
  expect(await stored(running)).toEqual(ids(1));
  const other = new SqliteFile(file());
  other.exec('begin exclusive');
  add(running, 3, 1);
  await expect(running.consent.optOut('5')).rejects.toMatchObject({ code: 'CONSENT_NOT_SAVED' });
  expect(running.consent.isOptedOut('5')).toBe(true);
  await expect
    .poll(warnings, LATER)
    .toMatchObject([{ code: 'STORE_LOCKED', remedy: expect.stringContaining('End the other program') }]);
  other.exec('commit');
  other.close();
  await expect.poll(worksAgain, LATER).toBe(true);
  expect(await stored(running)).toEqual(ids(4));
  expect(warnings()).toHaveLength(1);
  await running.close();
  expect((await open()).consent.isOptedOut('5')).toBe(true);
});

it.skipIf(process.platform === 'win32')('who opted out is for the program alone to read', async () => {
  const running = await open();
  await running.consent.optOut('5');
  const names = readdirSync(dirname(file())).filter((name) => name.startsWith('parley.db'));
  const modes = names.map((name) => statSync(`${dirname(file())}/${name}`).mode & 0o777);
  expect(modes).toEqual(names.map(() => 0o600));
});

describe('a damaged file', () => {
  /** Overwrites the first page of a table, as a failing disk may. */
  const damage = (table: string) => {
    const sound = new SqliteFile(file());
    sound.pragma('wal_checkpoint(truncate)');
    const root = sound
      .prepare('select rootpage from sqlite_master where name = ?')
      .pluck()
      .get(table) as number;
    const size = sound.pragma('page_size', { simple: true }) as number;
    sound.close();
    const bytes = readFileSync(file());
    bytes.fill(0xff, (root - 1) * size, root * size);
    writeFileSync(file(), bytes);
  };
  const withOptOut = async (more: (first: Store) => void = () => {}) => {
    const first = await open();
    more(first);
    await first.consent.optOut('7');
    add(first, 3);
    expect(await stored(first)).toHaveLength(3);
    await first.close();
  };

  it('found while the agent talks is replaced; who opted out is known all the while', async () => {
    await withOptOut();
    const running = await open();
    damage('turns');
    await expect(running.records.stats(all, 500)).rejects.toMatchObject({
      code: 'TURNS_UNREADABLE',
      remedy: expect.stringContaining('Try again in a minute'),
    });
    add(running, 1, 9);
    await expect.poll(async () => await stored(running).catch(() => []), LATER).toEqual(['t9']);
    expect(asides()).toHaveLength(1);
    await running.close();
    const again = await open();
    expect(again.consent.isOptedOut('7')).toBe(true);
  });

  it('is read no more by the thread that found nothing wrong with it', async () => {
    await withOptOut((first) => first.rhythms.learned('1', { pauseMs: 700, afterCompleteMs: 300 }));
    const running = await open();
    expect((await running.records.stats(all, 500)).n).toBe(3);
    damage('rhythms');
    await expect(running.rhythms.of('1')).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    add(running, 1, 9);
    await expect.poll(async () => await stored(running), LATER).toEqual(['t9']);
    expect((await running.records.stats(all, 500)).n).toBe(1);
  });

  it('found at the start is replaced where it still tells who opted out, with a remedy in the log', async () => {
    await withOptOut();
    damage('kysely_migration');
    const running = await open();
    expect(running.consent.isOptedOut('7')).toBe(true);
    expect(warnings()).toMatchObject([
      { msg: 'the store was damaged', remedy: expect.stringContaining('put a backup in the place of') },
    ]);
    expect(warnings()[0]).toMatchObject({ err: { message: expect.stringContaining(asides()[0]!) } });
    expect(await stored(running)).toEqual([]);
  });

  it.each([
    ['its list of opt-outs', () => damage('consent')],
    [
      'all of it',
      () => writeFileSync(file(), 'no database at all, but long enough to be looked at'.repeat(100)),
    ],
  ])(
    'that lost %s stops the start, again and again, until the operator has decided',
    async (_what, spoil) => {
      await withOptOut();
      spoil();
      const refusal = { code: 'CONSENT_CORRUPT', message: expect.stringContaining('opted out') };
      await expect(open()).rejects.toMatchObject(refusal);
      const [aside] = asides();
      expect(aside).toMatch(new RegExp(`^${basename(file())}\\.corrupt-\\d{4}-`));
      await expect(open()).rejects.toMatchObject({ ...refusal, remedy: expect.stringContaining(aside!) });
      expect(existsSync(file())).toBe(false);
      expect(asides()).toHaveLength(1);
      rmSync(`${dirname(file())}/${aside}`);
      expect((await open()).consent.isOptedOut('7')).toBe(false);
    },
  );
});
