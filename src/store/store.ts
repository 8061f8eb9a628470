/** The store from the main thread: turns, consent and what was spent, in a file or a shared PostgreSQL. */
import { randomUUID } from 'node:crypto';
import type { Clock, Timer } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError, toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { WorkerDesk } from '../base/worker-desk.ts';
import type { SpawnWorker } from '../base/worker-host.ts';
import type { TurnRecords } from '../latency/records.ts';
import type { TurnRecord } from '../latency/timeline.ts';
import type { DaySpend } from '../money/ledger.ts';
import { type ConsentStore, createConsent } from './consent.ts';
import { createGuildSettings, type GuildSettings } from './guild-settings.ts';
import { Outage } from './outage.ts';
import type { News, StoreAnswers, StoreFailure, StorePlace, StoreQuestion } from './protocol.ts';
import { createRhythms, type RhythmStore } from './rhythms.ts';
import { createSpendSaver, spendOf } from './spend.ts';
import { type Desk, recordsBehind } from './stored-records.ts';
import { TurnQueue } from './turn-queue.ts';
import { NOBODY } from './turn-rows.ts';

export interface StoreOptions {
  dataDir: string;
  /** PostgreSQL; null for a file in `dataDir`. */
  databaseUrl: string | null;
  /** Turns are removed so many days after their own. */
  turnRetentionDays: number;
  clock: Clock;
  nowUnixMs(): number;
  log: Log;
  spawn?: SpawnWorker;
}

export interface Store {
  readonly consent: ConsentStore;
  readonly settings: GuildSettings;
  readonly rhythms: RhythmStore;
  /** Reads what is stored, the turns added until now among it. */
  readonly records: TurnRecords;
  /** Never waits and never throws: the turn is stored within a second, or once the store works again. */
  addTurn(record: TurnRecord): void;
  /** What earlier runs and other machines had spent today when the store was opened. */
  readonly earlier: DaySpend;
  /** All that this process has spent on a day; saved within a second. Never throws. */
  saveSpend(spend: DaySpend): void;
  /** Called when others that share the database have spent more; returns the unsubscribe function. */
  onOthersSpend(listener: (spend: DaySpend) => void): () => void;
  /** Why it does not work now, and what to do about it; null when it does. */
  problem(): Promise<string | null>;
  /** Stores what still waits. Never rejects: what could not be stored is told in the log. */
  close(): Promise<void>;
}

const WORKER = new URL('./worker.ts', import.meta.url);
/** Longer than a statement may take; nobody who talks waits for it. */
const ANSWER_WITHIN_MS = 20_000;
/** What others wrote into a shared database is known after so long. */
const NEWS_EVERY_MS = 5_000;
/** Of the last write, at the end of the process. */
const CLOSE_WITHIN_MS = 2_000;

/**
 * Rejects with a ParleyError when the store cannot be opened: without knowing who opted out of being heard, the
 * program must not listen to anyone.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { clock, log, nowUnixMs } = options;
  const desk = openDesk(options);
  const writer = randomUUID();
  const outage = new Outage(log);
  const today = () => new Date(nowUnixMs()).toISOString().slice(0, 10);
  const askNews = async () => await desk.ask({ ask: 'news', day: today(), writer });
  const first = await firstNews(askNews, log).catch(async (error: unknown) => {
    await desk.close();
    throw error;
  });

  const consent = createConsent({
    ...{ clock, nowUnixMs, log, outage, optedOut: first.optedOut },
    save: async (choice) => await desk.ask({ ask: 'setConsent', ...choice }),
  });
  const settings = createGuildSettings({
    ...{ clock, settings: first.settings },
    save: async (setting) => await desk.ask({ ask: 'setSetting', ...setting }),
  });
  const turns = new TurnQueue({
    ...{ clock, log, outage },
    write: async (records) => await desk.ask({ ask: 'addTurns', records }),
  });
  const spend = createSpendSaver({
    ...{ clock, outage },
    write: async (usage) => await desk.ask({ ask: 'saveUsage', writer, usage }),
  });
  const rhythms = createRhythms({
    ...{ clock, nowUnixMs, outage, isOptedOut: consent.isOptedOut },
    read: async (userId) => await desk.ask({ ask: 'rhythm', userId }),
    write: async (batch) => await desk.ask({ ask: 'saveRhythms', rhythms: batch }),
  });
  consent.onChange(({ userId, optedOut }) => {
    if (!optedOut) return;
    turns.forget(userId, NOBODY);
    rhythms.forget(userId);
  });

  const spendListeners = new Set<(spend: DaySpend) => void>();
  const learn = async () => {
    const askedAtMs = clock.now();
    const day = today();
    const news = await askNews();
    consent.learn(news.optedOut, askedAtMs);
    settings.learn(news.settings, askedAtMs);
    for (const listener of spendListeners) listener(spendOf(day, news.usage));
  };
  const stopNews = options.databaseUrl === null ? () => {} : repeat(clock, outage, learn);

  return {
    consent,
    settings,
    rhythms,
    records: recordsBehind(desk, turns, clock),
    addTurn: (record) =>
      turns.add(consent.isOptedOut(record.speakerId) ? { ...record, speakerId: NOBODY } : record),
    earlier: spendOf(today(), first.usage),
    saveSpend: (spent) => spend.save(spent),
    onOthersSpend(listener) {
      spendListeners.add(listener);
      return () => spendListeners.delete(listener);
    },
    problem: async () =>
      outage.problem ??
      (await askNews().then(
        () => null,
        (error: Error) => error.message,
      )),
    close: once(async () => {
      stopNews();
      const remedy = 'See what the log says of the store before this.';
      const what = 'storing what was left';
      await withDeadline({ clock, afterMs: CLOSE_WITHIN_MS, what, remedy }, async () => {
        const left = await Promise.allSettled([consent, turns, spend, rhythms].map((one) => one.close()));
        await desk.ask({ ask: 'close' });
        for (const one of left) if (one.status === 'rejected') throw one.reason;
      }).catch((error: unknown) =>
        log.warn({ err: error, remedy }, 'not everything could be stored at the end'),
      );
      await desk.close();
    }),
  };
}

/** Whoever calls it again gets the same promise. */
function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | null = null;
  return () => {
    result ??= work();
    return result;
  };
}

function openDesk(options: StoreOptions): Desk {
  const { clock, log, nowUnixMs, dataDir, databaseUrl, turnRetentionDays, spawn } = options;
  const workerData: StorePlace = { dataDir, databaseUrl, turnRetentionDays, startedAtUnixMs: nowUnixMs() };
  return new WorkerDesk<StoreQuestion, StoreAnswers>({
    ...{ url: WORKER, name: 'store', workerData, clock, log, answerWithinMs: ANSWER_WITHIN_MS, idleMs: null },
    codes: { died: 'STORE_DIED', late: 'STORE_LATE', closed: 'STORE_CLOSED' },
    lateRemedy: 'See whether the disk, or PostgreSQL, is overloaded.',
    refusal: (why) => {
      const { message, code, remedy } = why as StoreFailure;
      return new ParleyError(message, { code, remedy, retryable: true });
    },
    ...(spawn && { spawn }),
  });
}

async function firstNews(ask: () => Promise<News>, log: Log): Promise<News> {
  try {
    return await ask().catch(async (error: unknown) => {
      if (!(error instanceof ParleyError) || error.code !== 'STORE_DAMAGED') throw error;
      log.warn({ err: error, remedy: error.remedy }, 'the store was damaged');
      return await ask();
    });
  } catch (thrown) {
    const error = toParleyError(thrown, { code: 'STORE_FAILED', remedy: 'Start again.' });
    if (error.code.startsWith('CONSENT_')) throw error;
    const { code, remedy } = error;
    const message = `Who opted out of being heard cannot be read. ${error.message}`;
    throw new ParleyError(message, { code, remedy, cause: error });
  }
}

/** Calls `work` again and again, each time a while after it has ended, until the returned function is called. */
function repeat(clock: Clock, outage: Outage, work: () => Promise<void>): () => void {
  let timer: Timer | null = null;
  let stopped = false;
  const next = () => {
    if (!stopped) timer = clock.setTimer(NEWS_EVERY_MS, () => void run());
  };
  const run = async () => {
    await work().then(
      () => outage.over(work),
      (error: ParleyError) => outage.failed(work, error),
    );
    next();
  };
  next();
  return () => {
    stopped = true;
    timer?.cancel();
  };
}
