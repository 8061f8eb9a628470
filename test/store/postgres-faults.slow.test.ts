/** What may happen to a shared PostgreSQL, and what two machines know of each other through it. */
// @module-tag fault
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../src/money/usage.ts';
import type { Store } from '../../src/store/store.ts';
import { turn } from '../latency/timelines.ts';
import { type EmptyDatabase, emptyPostgres, hasPostgres, onServer } from '../support/databases.ts';
import type { LogLine } from '../support/recording-log.ts';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy.ts';
import { openAt } from './rig.ts';

const now = Date.now();
const all = { guildId: 'guild', sinceUnixMs: 0, untilUnixMs: now + 1_000_000 };
const add = (to: Store, count: number, from = 0) => {
  for (let i = from; i < from + count; i++) to.addTurn(turn({ id: `t${i}`, endedAtUnixMs: now + i }));
};
const ids = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`);
const LATER = { timeout: 20_000, interval: 50 };

describe.skipIf(!hasPostgres())('a shared PostgreSQL', () => {
  let empty: EmptyDatabase & { place: { url: string } };
  let proxy: TcpProxy;
  let logged: LogLine[];
  const stores: Store[] = [];
  beforeEach(async () => {
    empty = await emptyPostgres();
    proxy = await tcpProxy(empty.place.url);
    logged = [];
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map(async (store) => await store.close()));
    await proxy.close();
    await empty.drop();
  });
  const open = async (url = empty.place.url) => {
    const store = await openAt({ url }, logged);
    stores.push(store);
    return store;
  };
  const stored = async (from: Store) => (await from.records.list(all, 10_000)).map(({ id }) => id);
  const warnings = () => logged.filter(({ level }) => level >= 40);

  it('begins with two processes at once', async () => {
    const [one, other] = await Promise.all([open(), open()]);
    add(one, 2);
    expect(await stored(one)).toEqual(ids(2));
    expect(await stored(other)).toEqual(ids(2));
  });

  it('that is gone for a while gets all turns afterwards, in order, and the choices that were made', async () => {
    const store = await open(proxy.url);
    add(store, 2);
    expect(await stored(store)).toEqual(ids(2));
    await proxy.cut();
    add(store, 600, 2);
    await expect(store.consent.optOut('5')).rejects.toMatchObject({ code: 'CONSENT_NOT_SAVED' });
    expect(store.consent.isOptedOut('5')).toBe(true);
    await expect(store.records.last('guild')).rejects.toMatchObject({
      code: 'TURNS_UNREADABLE',
      remedy: expect.stringContaining('Try again in a minute'),
    });
    add(store, 600, 602);
    expect(await store.problem()).toContain('PostgreSQL cannot be reached. See whether PostgreSQL runs');
    await proxy.mend();
    await expect.poll(async () => await stored(store).catch(() => []), LATER).toEqual(ids(1_202));
    expect(warnings()).toMatchObject([
      { code: 'STORE_UNREACHABLE', remedy: expect.stringContaining('DATABASE_URL') },
    ]);
    const written = await onServer('select id from turns order by seq', empty.place.url);
    expect(written.map(({ id }) => id)).toEqual(ids(1_202));
    await expect.poll(async () => (await open()).consent.isOptedOut('5'), LATER).toBe(true);
  });

  it('that stored a batch and could not say so stores none twice', async () => {
    const store = await open(proxy.url);
    add(store, 5);
    proxy.loseAnswerTo('commit');
    await expect.poll(async () => await stored(store).catch(() => []), LATER).toEqual(ids(5));
    expect(proxy.lost).toBe(1);
    // It is known now that they are stored: nothing is tried any more.
    await expect.poll(async () => await store.problem(), LATER).toBeNull();
    expect(logged.some(({ msg }) => msg === 'the store works again')).toBe(true);
    expect((await store.records.stats({ ...all, sinceUnixMs: now - 1 }, 500)).n).toBe(5);
  });

  it('that falls silent is asked anew over other connections', async () => {
    const store = await open(proxy.url);
    add(store, 2);
    expect(await stored(store)).toEqual(ids(2));
    proxy.silence();
    add(store, 3, 2);
    await expect.poll(warnings, LATER).toMatchObject([{ code: 'STORE_UNREACHABLE' }]);
    await expect.poll(async () => await stored(store).catch(() => []), LATER).toEqual(ids(5));
  });

  it('tells the others what was chosen and spent here, within ten seconds', async () => {
    const [here, there] = [await open(), await open()];
    const spent: number[] = [];
    there.onOthersSpend(({ guilds }) => spent.push(guilds['4']?.['elevenlabs/x']?.characters ?? 0));
    const changes: unknown[] = [];
    there.consent.onChange((change) => changes.push(change));
    await here.consent.optOut('5');
    const day = new Date().toISOString().slice(0, 10);
    const save = (store: Store, characters: number) =>
      store.saveSpend({ day, guilds: { '4': { 'elevenlabs/x': { ...NO_USAGE, characters } } } });
    save(here, 10);
    save(here, 25);
    save(there, 7);
    await expect.poll(() => there.consent.isOptedOut('5'), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => spent.at(-1), { timeout: 10_000 }).toBe(25);
    expect(changes).toEqual([{ userId: '5', optedOut: true }]);
    await there.close();
    expect((await open()).earlier.guilds['4']?.['elevenlabs/x']?.characters).toBe(32);
  });

  it('at a wrong address stops the start with the remedy, without the password', async () => {
    const wrong = new URL(empty.place.url);
    wrong.pathname = '/not_there';
    wrong.password = 'secret-word';
    const refusal = await open(wrong.href).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'STORE_REFUSED', remedy: expect.stringContaining('DATABASE_URL') });
    expect(String(refusal)).toContain('Who opted out of being heard cannot be read');
    await proxy.cut();
    await expect(open(proxy.url)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      remedy: expect.stringContaining('DATABASE_URL'),
    });
    expect(JSON.stringify([logged, String(refusal)])).not.toContain('secret-word');
  });
});
