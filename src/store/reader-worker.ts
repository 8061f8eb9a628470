/** The store's second thread: readings of very many turns over a connection of their own, so that no choice waits behind one. */
import { workerData } from 'node:worker_threads';
import { goAfterAudio } from '../base/thread-priority.ts';
import { answerQuestions } from '../base/worker-answers.ts';
import { exportTurns } from '../latency/export.ts';
import { type Database, type DatabasePlace, openForReading } from './database.ts';
import { failureOf, isConnectionLost, isDamaged } from './failures.ts';
import { HeldDatabase } from './held-database.ts';
import { buffersOf, type LongAnswers, type LongQuestion, type ReaderQuestion } from './protocol.ts';
import { statsBySpeaker } from './speaker-stats.ts';
import { history, listTurns, stats, statsByVendor } from './turn-queries.ts';

const place = workerData as DatabasePlace;
const held = new HeldDatabase(() => openForReading(place));

async function answer(question: ReaderQuestion): Promise<unknown> {
  if (question.ask === 'close') {
    await held.giveUp();
    return null;
  }
  const database = await held.get();
  try {
    return await read(database, question);
  } catch (error) {
    if (isDamaged(error) || isConnectionLost(error)) await held.giveUp(database);
    throw error;
  }
}

async function read(database: Database, question: LongQuestion): Promise<LongAnswers[keyof LongAnswers]> {
  const { window } = question;
  switch (question.ask) {
    case 'stats':
      return await stats(database, window, question.budgetMs);
    case 'statsBy': {
      const by = question.by === 'speaker' ? statsBySpeaker : statsByVendor;
      return await by(database, window, question.budgetMs, question.limit);
    }
    case 'history':
      return await history(database, window, question.widthMs);
    case 'export':
      // One more tells whether there are more.
      return exportTurns(await listTurns(database, window, question.limit + 1), question.limit);
  }
}

goAfterAudio();
answerQuestions(answer, (error) => failureOf(error, place), buffersOf);
