/** A store for tests: the real one with its worker, and what it logs. */
import { dirname } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import type { DatabasePlace } from '../../src/store/database.ts';
import { openStore, type Store, type StoreOptions } from '../../src/store/store.ts';
import { emptyFile } from '../support/databases.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';

/** @param dataDir of earlier files, where the database is on a server. */
export async function openAt(
  place: DatabasePlace,
  logged: LogLine[] = [],
  more: Partial<StoreOptions> = {},
): Promise<Store> {
  const dataDir = 'file' in place ? dirname(place.file) : dirname(emptyFile().place.file);
  return await openStore({
    ...{ dataDir, databaseUrl: 'url' in place ? place.url : null, turnRetentionDays: 30 },
    ...{ clock: systemClock, nowUnixMs: Date.now, log: recordingLog(logged, () => {}) },
    ...more,
  });
}
