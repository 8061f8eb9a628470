/** Which of several addresses is nearest: by the round trip of a small request over an open connection. */
import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { Log } from '../../base/log.ts';
import { HttpPool } from './http-pool.ts';

export interface RoundTrip {
  /** As it was given. */
  baseUrl: string;
  /** Null when it could not be reached in time. */
  ms: number | null;
}

/** Somebody waits for the start; an address that takes longer is not near. */
const MEASURE_WITHIN_MS = 4_000;
/** The first request of a connection opens it. Of the others the quickest says how far it is. */
const REQUESTS = 4;

/** The nearest first, those that cannot be reached last; of one address nothing is measured. */
export async function byDistance(
  baseUrls: readonly string[],
  context: { clock: Clock; log: Log },
): Promise<RoundTrip[]> {
  if (baseUrls.length < 2) return baseUrls.map((baseUrl) => ({ baseUrl, ms: null }));
  const measured = await Promise.all(
    baseUrls.map(async (baseUrl) => ({ baseUrl, ms: await roundTrip(baseUrl, context) })),
  );
  const far = ({ ms }: RoundTrip) => ms ?? Number.POSITIVE_INFINITY;
  // Not subtracted: of two that cannot be reached the difference is no number.
  return measured.sort((a, b) => (far(a) < far(b) ? -1 : far(a) > far(b) ? 1 : 0));
}

async function roundTrip(
  baseUrl: string,
  { clock, log }: { clock: Clock; log: Log },
): Promise<number | null> {
  const url = new URL(baseUrl.replace(/^ws/, 'http'));
  const pool = new HttpPool({ clock, log, codePrefix: 'REGION' });
  const remedy = 'Check the network of this machine.';
  const what = `Measuring the way to ${url.host}`;
  try {
    return await withDeadline({ clock, afterMs: MEASURE_WITHIN_MS, what, remedy }, async (signal) => {
      const times: number[] = [];
      for (let i = 0; i < REQUESTS; i++) {
        const sentMs = clock.now();
        await pool.open(url, signal);
        times.push(clock.now() - sentMs);
      }
      return Math.min(...times.slice(1));
    });
  } catch (error) {
    log.warn({ err: error, host: url.host }, 'an address could not be reached');
    return null;
  } finally {
    await pool.close();
  }
}
