/** The store's thread: all of the database, so that the thread that carries the audio only posts messages. Long readings it passes on. */
import { workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { ParleyError } from '../base/errors.ts';
import { goAfterAudio } from '../base/thread-priority.ts';
import { answerQuestions } from '../base/worker-answers.ts';
import { assertConsentKnown, replaceDamaged } from './damaged-file.ts';
import { type Database, openDatabase } from './database.ts';
import { takeOverEarlierFiles } from './earlier-files.ts';
import { failureOf, isConnectionLost, isDamaged } from './failures.ts';
import { HeldDatabase } from './held-database.ts';
import { migrate } from './migrations.ts';
import { placeOf } from './place.ts';
import {
  buffersOf,
  type ConsentChoice,
  type OptOut,
  type StoredConsent,
  type StorePlace,
  type StoreQuestion,
} from './protocol.ts';
import { openReader } from './reader.ts';
import { forgetRhythm, readRhythm, saveRhythms } from './rhythm-table.ts';
import { readNews, readOptedOut, saveUsage, setConsent, setSetting } from './shared-tables.ts';
import { Tidying } from './tidying.ts';
import { lastTurn, listTurns } from './turn-queries.ts';
import { addTurns } from './turn-writes.ts';

const { dataDir, databaseUrl, turnRetentionDays, startedAtUnixMs } = workerData as StorePlace;
const place = placeOf({ dataDir, databaseUrl });
const startedAtMs = systemClock.now();
const nowUnixMs = () => startedAtUnixMs + (systemClock.now() - startedAtMs);

/** Null until it was read once: what a damaged file may not make us forget. */
let optedOut: Map<string, number> | null = null;

const held = new HeldDatabase(open);
const reader = openReader(place);
const tidying = new Tidying({
  ...{ clock: systemClock, nowUnixMs, retentionDays: turnRetentionDays, database: () => held.get() },
});

async function open(): Promise<Database> {
  if ('file' in place) assertConsentKnown(place.file);
  const database = await openDatabase(place);
  try {
    await migrate(database);
    await takeOverEarlierFiles(database, dataDir);
    optedOut ??= known(await readOptedOut(database));
    return database;
  } catch (error) {
    void database.db.destroy().catch(() => {});
    throw error;
  }
}

async function answer(question: StoreQuestion): Promise<unknown> {
  // Until the new file is there, opening it would find the damaged one, or none.
  if (replacing !== null) await replacing;
  if (question.ask === 'close') {
    tidying.close();
    await Promise.all([reader.close(), held.giveUp()]);
    return null;
  }
  let database: Database | null = null;
  try {
    database = await held.get();
    return await answerFrom(database, question);
  } catch (error) {
    if ('file' in place && isDamaged(error)) throw await replaced(place.file);
    if (database && 'url' in place && isConnectionLost(error)) await held.giveUp(database);
    throw error;
  }
}

let replacing: Promise<ParleyError> | null = null;

/** Several questions may meet the same damage: it is dealt with once. */
function replaced(file: string): Promise<ParleyError> {
  replacing ??= (async () => {
    // Also what reads it: it goes on with the new one, and some systems move no file that is open.
    await Promise.all([reader.ask({ ask: 'close' }).catch(() => {}), held.giveUp()]);
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
      optedOut = known(news.optedOut);
      return news;
    }
    case 'addTurns':
      return await nothing(addTurns(database, question.records));
    case 'last':
      return await lastTurn(database, question.guildId);
    case 'list':
      return await listTurns(database, question.window, question.limit);
    case 'stats':
    case 'statsBy':
    case 'history':
    case 'export':
      return await reader.ask(question);
    case 'setConsent':
      return await choose(database, question);
    case 'setSetting':
      return await nothing(setSetting(database, question));
    case 'rhythm':
      return await readRhythm(database, question.userId);
    case 'saveRhythms':
      return await nothing(saveRhythms(database, question.rhythms));
    case 'saveUsage':
      return await nothing(saveUsage(database, question.writer, question.usage));
  }
}

async function choose(database: Database, choice: ConsentChoice): Promise<StoredConsent> {
  const { userId, atUnixMs } = choice;
  // First of all: the file may turn out to be damaged.
  if (choice.optedOut) optedOut?.set(userId, atUnixMs);
  const stored = await setConsent(database, choice);
  if (stored.optedOut) optedOut?.set(userId, stored.atUnixMs);
  else optedOut?.delete(userId);
  if (stored.optedOut) {
    await forgetRhythm(database, userId);
    tidying.soon();
  }
  return stored;
}

const known = (optOuts: readonly OptOut[]): Map<string, number> =>
  new Map(optOuts.map(({ userId, atUnixMs }) => [userId, atUnixMs]));

async function nothing(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}

goAfterAudio();
answerQuestions(answer, (error) => failureOf(error, place), buffersOf);
