/** The store as the program uses it: through its worker, on both databases. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TurnRecord } from '../../src/latency/timeline.ts';
import { NO_USAGE } from '../../src/money/usage.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations.ts';
import { saveUsage, setConsent } from '../../src/store/shared-tables.ts';
import type { Store } from '../../src/store/store.ts';
import { listTurns, stats } from '../../src/store/turn-queries.ts';
import { addTurns, forgetSpeakers, removeOld } from '../../src/store/turn-writes.ts';
import { turn } from '../latency/timelines.ts';
import { databases, type EmptyDatabase } from '../support/databases.ts';
import type { LogLine } from '../support/recording-log.ts';
import { openAt } from './rig.ts';

const DAY_MS = 86_400_000;
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const all = { guildId: 'guild', sinceUnixMs: 0, untilUnixMs: today + 2 * DAY_MS };

const numbered = (count: number, over: Partial<TurnRecord> = {}): TurnRecord[] =>
  Array.from({ length: count }, (_, i) => turn({ id: `t${i}`, endedAtUnixMs: today + i, ...over }));

describe.each(databases)('a store in %s', (_name, make) => {
  let empty: EmptyDatabase;
  let logged: LogLine[];
  const stores: Store[] = [];
  beforeEach(async () => {
    empty = await make();
    logged = [];
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await empty.drop();
    expect(logged.filter(({ level }) => level >= 40)).toEqual([]);
  });
  const open = async () => {
    const store = await openAt(empty.place, logged);
    stores.push(store);
    return store;
  };

  it('reads what was added a moment ago, and after a restart', async () => {
    const store = await open();
    const turns = numbered(3);
    for (const one of turns) store.addTurn(one);
    expect(await store.records.last('guild')).toEqual(turns[2]);
    expect((await store.records.stats(all, 500)).n).toBe(3);
    store.addTurn(turn({ id: 'late', endedAtUnixMs: today + 9 }));
    await store.close();
    const again = await open();
    expect((await again.records.list(all, 10)).map(({ id }) => id)).toEqual(['t0', 't1', 't2', 'late']);
    expect(await again.records.statsBy(all, 'speaker', 500, 5)).toMatchObject([{ key: 'speaker' }]);
    expect(await again.records.history(all, DAY_MS)).toMatchObject([{ n: 4, p50Ms: 432 }]);
    expect(await again.records.last('nobody')).toBeNull();
  });

  it('gives its turns as files, the newest of them where there are more', async () => {
    const store = await open();
    for (const one of numbered(3)) store.addTurn(one);
    const { csv, json, ...told } = await store.records.export(all, 2);
    expect(told).toEqual({ n: 2, more: true, oldestUnixMs: today + 1 });
    const decoder = new TextDecoder();
    const rows = JSON.parse(decoder.decode(json)) as { endedAt: string }[];
    const ended = numbered(3).map(({ endedAtUnixMs }) => new Date(endedAtUnixMs).toISOString());
    expect(rows.map(({ endedAt }) => endedAt)).toEqual(ended.slice(1));
    expect(decoder.decode(csv).trimEnd().split('\r\n')).toHaveLength(3);
    expect(await store.records.export({ ...all, guildId: 'nobody' }, 2)).toMatchObject({ n: 0, more: false });
  });

  it('is read by two processes', async () => {
    const one = await open();
    const other = await open();
    one.addTurn(turn({ id: 'a', endedAtUnixMs: today }));
    other.addTurn(turn({ id: 'b', endedAtUnixMs: today + 1 }));
    await one.records.last('guild');
    expect(await other.records.list(all, 10)).toHaveLength(2);
  });

  it('takes the name off the turns of whoever opts out, those on their way among them', async () => {
    const store = await open();
    for (const one of numbered(3, { speakerId: '7' })) store.addTurn(one);
    await store.records.last('guild');
    store.addTurn(turn({ id: 'waiting', speakerId: '7', endedAtUnixMs: today + 5 }));
    await store.consent.optOut('7');
    store.addTurn(turn({ id: 'later', speakerId: '7', endedAtUnixMs: today + 6 }));
    // Back before it is stored: what was said until then stays without the name.
    store.addTurn(turn({ id: 'back', speakerId: '8', endedAtUnixMs: today + 7 }));
    await store.consent.optOut('8');
    await store.consent.optIn('8');
    const names = async () =>
      (await store.records.list(all, 10)).map(({ id, speakerId }) => `${id}:${speakerId}`);
    // Not only by the tidying of every start, which comes after 5 s.
    const unnamed = ['t0:', 't1:', 't2:', 'waiting:', 'later:', 'back:'];
    await expect.poll(names, { timeout: 4_000 }).toEqual(unnamed);
    expect(await store.records.statsBy(all, 'speaker', 500, 5)).toEqual([]);
    expect((await store.records.stats(all, 500)).n).toBe(6);
  });

  it('names nobody who opted out on another machine, from the first moment on', async () => {
    const database = await openDatabase(empty.place);
    await migrate(database);
    await setConsent(database, { userId: '7', optedOut: true, atUnixMs: 1, afterOptOut: null });
    await addTurns(database, [...numbered(1, { speakerId: '7' }), turn({ id: 'other', speakerId: '8' })]);
    const stored = await database.db
      .selectFrom('turns')
      .select(['id', 'speaker_id'])
      .orderBy('seq')
      .execute();
    expect(stored).toEqual([
      { id: 't0', speaker_id: '' },
      { id: 'other', speaker_id: '8' },
    ]);
    await database.db.destroy();
  });

  it('counts a batch that is written twice once', async () => {
    const database = await openDatabase(empty.place);
    await migrate(database);
    const turns = numbered(4, { endedAtUnixMs: today - DAY_MS / 2 });
    await addTurns(database, [...turns.slice(0, 3), turns[0]!]);
    await addTurns(database, turns);
    expect(await stats(database, all, 500)).toMatchObject({ n: 4, responseGapMs: { n: 4 } });
    expect(await listTurns(database, all, 10)).toHaveLength(4);
    await database.db.destroy();
  });

  it('removes old turns with all that was counted of them, step by step', async () => {
    const database = await openDatabase(empty.place);
    await migrate(database);
    const old = Array.from({ length: 600 }, (_, i) => turn({ id: `o${i}`, endedAtUnixMs: today - 1 - i }));
    await addTurns(database, [...old, ...numbered(2)]);
    const isoDay = (unixMs: number) => new Date(unixMs).toISOString().slice(0, 10);
    for (const day of [isoDay(today - 1), isoDay(today)])
      await saveUsage(database, 'me', [{ day, guildId: '4', service: 'a/b', used: NO_USAGE }]);
    let steps = 0;
    while (await removeOld(database, today)) steps++;
    // 500, 100, and the tallies of the day.
    expect(steps).toBe(3);
    expect(await forgetSpeakers(database)).toBe(false);
    const left = await database.db.selectFrom('tallies').select('day').distinct().execute();
    const usage = await database.db.selectFrom('usage').select('day').execute();
    expect(left).toEqual([{ day: today / DAY_MS }]);
    expect(usage).toEqual([{ day: isoDay(today) }]);
    expect((await stats(database, all, 500)).n).toBe(2);
    expect(await listTurns(database, all, 10)).toHaveLength(2);
    await database.db.destroy();
  });
});
