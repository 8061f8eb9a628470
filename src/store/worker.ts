/** The store's thread: all of the database, so that the thread that carries the audio only posts messages. */
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { ParleyError } from '../base/errors.ts';
import { goAfterAudio } from '../base/thread-priority.ts';
import { answerQuestions } from '../base/worker-answers.ts';
import type { SummaryOf } from '../latency/records.ts';
import { assertConsentKnown, replaceDamaged } from './damaged-file.ts';
import { type Database, type DatabasePlace, openDatabase } from './database.ts';
import { takeOverEarlierFiles } from './earlier-files.ts';
import { failureOf, isConnectionLost, isDamaged } from './failures.ts';
import { migrate } from './migrations.ts';
import type { StorePlace, StoreQuestion } from './protocol.ts';
import { readNews, readOptedOut, saveUsage, setConsent, setSetting } from './shared-tables.ts';
import { statsBySpeaker } from './speaker-stats.ts';
import { Tidying } from './tidying.ts';
import { history, lastTurn, listTurns, stats, statsByVendor } from './turn-queries.ts';
import { addTurns } from './turn-writes.ts';

const { dataDir, databaseUrl, turnRetentionDays, startedAtUnixMs } = workerData as StorePlace;
const place: DatabasePlace =
  databaseUrl === null ? { file: join(dataDir, 'parley.db') } : { url: databaseUrl };
const startedAtMs = systemClock.now();
const nowUnixMs = () => startedAtUnixMs + (systemClock.now() - startedAtMs);

let opening: Promise<Database> | null = null;
/** Null until it was read once: what a damaged file may not make us forget. */
let optedOut: Set<string> | null = null;

const tidying = new Tidying({
  ...{ clock: systemClock, nowUnixMs, retentionDays: turnRetentionDays, database: opened },
});

/** Opened by the first question, and again after a failure. */
async function opened(): Promise<Database> {
  opening ??= open().catch((error: unknown) => {
    opening = null;
    throw error;
  });
  return await opening;
}

async function open(): Promise<Database> {
  if ('file' in place) assertConsentKnown(place.file);
  const database = await openDatabase(place);
  try {
    await migrate(database);
    await takeOverEarlierFiles(database, dataDir);
    optedOut ??= new Set(await readOptedOut(database));
    return database;
  } catch (error) {
    void database.db.destroy().catch(() => {});
    throw error;
  }
}

/** The next question opens it anew. What still goes on over the old connections ends by itself. */
async function forget(): Promise<void> {
  const old = opening;
  opening = null;
  const database = await old?.catch(() => null);
  // A connection that is dead may take for ever to end.
  const ended = database?.db.destroy().catch(() => {});
  if (database?.dialect === 'sqlite') await ended;
}

async function answer(question: StoreQuestion): Promise<unknown> {
  if (question.ask === 'close') {
    tidying.close();
    await forget();
    return null;
  }
  try {
    return await answerFrom(await opened(), question);
  } catch (error) {
    if ('file' in place && isDamaged(error)) throw await replaced(place.file);
    if ('url' in place && isConnectionLost(error)) await forget();
    throw error;
  }
}

let replacing: Promise<ParleyError> | null = null;

/** Several questions may meet the same damage: it is dealt with once. */
function replaced(file: string): Promise<ParleyError> {
  replacing ??= (async () => {
    await forget();
    const aside = await replaceDamaged(file, optedOut, nowUnixMs());
    return new ParleyError(`The store was damaged; it is kept as ${aside}, and a new one was begun`, {
      code: 'STORE_DAMAGED',
      remedy: `Who opted out is still known. For the turns until now, put a backup in the place of ${file}, and see whether the disk is sound.`,
      retryable: true,
    });
  })().finally(() => {
    replacing = null;
  });
  return replacing;
}

async function answerFrom(
  database: Database,
  question: Exclude<StoreQuestion, { ask: 'close' }>,
): Promise<unknown> {
  switch (question.ask) {
    case 'news': {
      const news = await readNews(database, question.day, question.writer);
      optedOut = new Set(news.optedOut);
      return news;
    }
    case 'addTurns':
      return await nothing(addTurns(database, question.records));
    case 'last':
      return await lastTurn(database, question.guildId);
    case 'list':
      return await listTurns(database, question.window, question.limit, question.offset);
    case 'stats':
      return await stats(database, question.window, question.budgetMs);
    case 'statsBy':
      return await statsBy(database, question);
    case 'history':
      return await history(database, question.window, question.widthMs);
    case 'setConsent':
      if (question.optedOut) optedOut?.add(question.userId);
      else optedOut?.delete(question.userId);
      await setConsent(database, question);
      if (question.optedOut) tidying.soon();
      return null;
    case 'setSetting':
      return await nothing(setSetting(database, question));
    case 'saveUsage':
      return await nothing(saveUsage(database, question.writer, question.usage));
  }
}

async function statsBy(
  database: Database,
  { window, by, budgetMs, limit }: StoreQuestion & { ask: 'statsBy' },
): Promise<SummaryOf[]> {
  const read = by === 'speaker' ? statsBySpeaker : statsByVendor;
  return await read(database, window, budgetMs, limit);
}

async function nothing(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}

goAfterAudio();
answerQuestions(answer, (error) => failureOf(error, place));
