/** Looks whether the agent could run with a store, and changes nothing in it: for the doctor. */
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError } from '../base/errors.ts';
import { checkFile } from './check-file.ts';
import { checkServer } from './check-server.ts';
import type { DatabasePlace } from './database.ts';
import { failureOf } from './failures.ts';
import { placeOf } from './place.ts';
import type { StorePlace } from './protocol.ts';

export interface StoreCheck {
  found: string;
  /** What should be done although the agent can run; null for nothing. */
  remedy: string | null;
  /** Of a server, in ms: the first statement with its connection, and a second one. */
  coldMs?: number;
  warmMs?: number;
}

/** A file of some gigabytes is not looked through in this time, and told to be so. */
const FILE_WITHIN_MS = 15_000;
const SERVER_WITHIN_MS = 10_000;

/** Rejects with a ParleyError, without an address or password in it, when the agent could not run. */
export async function checkStore(
  given: Pick<StorePlace, 'dataDir' | 'databaseUrl'>,
  clock: Clock,
): Promise<StoreCheck> {
  const place: DatabasePlace = placeOf(given);
  try {
    if ('file' in place) return await checkFile(place.file, clock, FILE_WITHIN_MS);
    const deadline = { clock, afterMs: SERVER_WITHIN_MS, what: 'looking at PostgreSQL' };
    const remedy = 'See whether PostgreSQL at the address in DATABASE_URL is overloaded.';
    return await withDeadline({ ...deadline, remedy }, () => checkServer(place, clock));
  } catch (error) {
    const { message, code, remedy } = failureOf(error, place);
    throw new ParleyError(message, { code, remedy });
  }
}
