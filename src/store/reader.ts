/** The reading thread as the writing one asks it. */
import { systemClock } from '../base/clock.ts';
import { ParleyError } from '../base/errors.ts';
import { silentLog } from '../base/log.ts';
import { WorkerDesk } from '../base/worker-desk.ts';
import type { DatabasePlace } from './database.ts';
import type { ReaderAnswers, ReaderQuestion, StoreFailure } from './protocol.ts';

export type Reader = WorkerDesk<ReaderQuestion, ReaderAnswers>;

/** A little longer than a statement may take. */
const ANSWER_WITHIN_MS = 12_000;
/** It holds some memory, and begins anew within half a second. */
const IDLE_MS = 300_000;

/** The thread begins with the first question. */
export function openReader(place: DatabasePlace): Reader {
  return new WorkerDesk<ReaderQuestion, ReaderAnswers>({
    ...{ url: new URL('./reader-worker.ts', import.meta.url), name: 'store that reads', workerData: place },
    // Whoever asked is told of its death, and tells the operator.
    ...{ clock: systemClock, log: silentLog, answerWithinMs: ANSWER_WITHIN_MS, idleMs: IDLE_MS },
    codes: { died: 'STORE_DIED', late: 'STORE_LATE', closed: 'STORE_CLOSED' },
    lateRemedy: 'Ask for a shorter window; or see whether the disk, or PostgreSQL, is overloaded.',
    refusal: (why) => {
      const { message, code, remedy } = why as StoreFailure;
      return new ParleyError(message, { code, remedy, retryable: true });
    },
  });
}
