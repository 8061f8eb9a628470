/** Where the store is. */
import { join } from 'node:path';
import type { DatabasePlace } from './database.ts';
import type { StorePlace } from './protocol.ts';

export const placeOf = ({
  dataDir,
  databaseUrl,
}: Pick<StorePlace, 'dataDir' | 'databaseUrl'>): DatabasePlace =>
  databaseUrl === null ? { file: join(dataDir, 'parley.db') } : { url: databaseUrl };
