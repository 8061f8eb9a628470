/** The store with a million turns of one server in one window: how fast it answers and takes more, on both databases. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sql } from 'kysely';
import pg from 'pg';
import { systemClock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { percentile } from '../src/latency/percentile.ts';
import type { TurnWindow } from '../src/latency/records.ts';
import { type DatabasePlace, openDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrations.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { addTurns } from '../src/store/turn-writes.ts';
import type { BenchContext } from './dispatch.ts';
import { GUILD, turnMaker } from './support/stored-turns.ts';

interface Figures {
  /** The median of `RUNS`, asked through the worker as a command asks. */
  statsMs: number;
  historyMs: number;
  /** One speaker beside the other, of twenty. */
  bySpeakerMs: number;
  /** Through the store, each batch waited for. */
  insertsPerSecond: number;
  /** Of the thread that carries the audio: how late its timers were at worst, with 100 turns a second and with none. */
  worstBlockMs: number;
  idleWorstBlockMs: number;
}

interface StoreResult {
  turns: number;
  sqlite: Figures;
  postgres: Figures | null;
}

const TURNS = 1_000_000;
const DAYS = 30;
const FILL = 5_000;
const RUNS = 5;
const MORE = 20_000;
const BATCH = 200;
const PACED = 1_000;
const PACE_MS = 10;
const HISTORY_POINTS = 60;
const DAY_MS = 86_400_000;

/** `--turns N` fills in another number. */
export async function run({ args, progress }: BenchContext): Promise<StoreResult> {
  const given = Number(args[args.indexOf('--turns') + 1]);
  const turns = args.includes('--turns') && given > 0 ? given : TURNS;
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-bench-store-'));
  try {
    progress('SQLite');
    const place = { file: join(dataDir, 'parley.db') };
    const sqlite = await measure(place, dataDir, turns, progress);
    const server = process.env.TEST_DATABASE_URL;
    if (!server) {
      progress('PostgreSQL is left out: TEST_DATABASE_URL names no server (see .ci/services).');
      return { turns, sqlite, postgres: null };
    }
    progress('PostgreSQL');
    const postgres = await onNewDatabase(server, (url) => measure({ url }, dataDir, turns, progress));
    return { turns, sqlite, postgres };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function onNewDatabase<T>(server: string, work: (url: string) => Promise<T>): Promise<T> {
  const name = `parley_bench_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  try {
    return await work(url.href);
  } finally {
    await client.query(`drop database ${name} with (force)`);
    await client.end();
  }
}

async function measure(
  place: DatabasePlace,
  dataDir: string,
  turns: number,
  progress: BenchContext['progress'],
): Promise<Figures> {
  const nowUnixMs = Date.now();
  // Not quite all of the time that turns are kept, for none to be removed meanwhile.
  const make = turnMaker(turns, DAYS - 1, nowUnixMs);
  await fill(place, turns, make, progress);
  const store = await openStore({
    ...{ dataDir, databaseUrl: 'url' in place ? place.url : null, turnRetentionDays: DAYS },
    ...{ clock: systemClock, nowUnixMs: Date.now, log: silentLog },
  });
  try {
    const window = { guildId: GUILD, sinceUnixMs: nowUnixMs - DAYS * DAY_MS, untilUnixMs: nowUnixMs + 1 };
    const { n } = await store.records.stats(window, 500);
    if (n !== turns) throw new Error(`${n} turns are stored instead of ${turns}`);
    progress('reading');
    const reads = await timeReads(store, window);
    progress('inserting');
    const more = turnMaker(MORE, 0.001, nowUnixMs);
    const blocks = await timeBlocks(store, more);
    return { ...reads, insertsPerSecond: await timeInserts(store, more), ...blocks };
  } finally {
    await store.close();
  }
}

async function fill(
  place: DatabasePlace,
  turns: number,
  make: ReturnType<typeof turnMaker>,
  progress: BenchContext['progress'],
): Promise<void> {
  const database = await openDatabase(place);
  await migrate(database);
  for (let at = 0; at < turns; at += FILL) {
    if (at % 100_000 === 0) progress(`${at} of ${turns} turns filled in`);
    const batch = Array.from({ length: Math.min(FILL, turns - at) }, (_, i) => make(at + i));
    await addTurns(database, batch);
  }
  // What PostgreSQL does by itself after a while, when a month of turns does not come within two minutes.
  if (database.dialect === 'postgres') await sql`vacuum analyze`.execute(database.db);
  await database.db.destroy();
}

async function timeReads(store: Store, window: TurnWindow) {
  const median = async (work: () => Promise<unknown>): Promise<number> => {
    const spans: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      const startMs = systemClock.now();
      await work();
      spans.push(systemClock.now() - startMs);
    }
    return Math.round(
      percentile(
        spans.toSorted((a, b) => a - b),
        50,
      ),
    );
  };
  const widthMs = Math.ceil((window.untilUnixMs - window.sinceUnixMs) / HISTORY_POINTS);
  return {
    statsMs: await median(() => store.records.stats(window, 500)),
    historyMs: await median(() => store.records.history(window, widthMs)),
    bySpeakerMs: await median(() => store.records.statsBy(window, 'speaker', 500, 10)),
  };
}

async function timeInserts(store: Store, make: ReturnType<typeof turnMaker>): Promise<number> {
  const records = Array.from({ length: MORE }, (_, i) => ({ ...make(i), id: `more-${i}` }));
  const startMs = systemClock.now();
  for (let at = 0; at < MORE; at += BATCH) {
    for (const record of records.slice(at, at + BATCH)) store.addTurn(record);
    // Reading waits until what was added before is stored.
    await store.records.last(GUILD);
  }
  return Math.round(MORE / ((systemClock.now() - startMs) / 1_000));
}

/** More turns than a process full of talk has, and as long a time without any. */
async function timeBlocks(store: Store, make: ReturnType<typeof turnMaker>) {
  const worst = async (each: (n: number) => void): Promise<number> => {
    const blocks = watchBlocks();
    for (let n = 0; n < PACED; n++) {
      each(n);
      await new Promise<void>((resolve) => systemClock.setTimer(PACE_MS, resolve));
    }
    return blocks();
  };
  const idleWorstBlockMs = await worst(() => {});
  const worstBlockMs = await worst((n) => store.addTurn({ ...make(n), id: `paced-${n}` }));
  return { worstBlockMs, idleWorstBlockMs };
}

/** What it returns tells how late a timer was at worst since. */
function watchBlocks(): () => number {
  const everyMs = 1;
  const delay = monitorEventLoopDelay({ resolution: everyMs });
  delay.enable();
  return () => {
    delay.disable();
    return Number((delay.max / 1e6 - everyMs).toFixed(1));
  };
}

export function render({ turns, sqlite, postgres }: StoreResult): string {
  const of = (name: string, figures: Figures) =>
    `${name}: stats ${figures.statsMs} ms, history ${figures.historyMs} ms, by speaker ${figures.bySpeakerMs} ms, ` +
    `${figures.insertsPerSecond} inserts a second, main thread at worst ${figures.worstBlockMs} ms late (idle: ${figures.idleWorstBlockMs})`;
  const lines = [`${turns} turns of one server in one window.`, of('SQLite', sqlite)];
  return [...lines, postgres ? of('PostgreSQL', postgres) : 'PostgreSQL: not measured.'].join('\n');
}
