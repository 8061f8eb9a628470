/** Whether the agent could serve somebody now, and if not, why. */
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { toParleyError } from '../base/errors.ts';

/** Null when all is well, else one sentence. A rejection counts as its message. */
export type ReadinessCheck = () => string | null | Promise<string | null>;

/** By what is checked: "discord". */
export type ReadinessChecks = Readonly<Record<string, ReadinessCheck>>;

/** Whoever asks waits a few seconds at the most; a folder on a dead network never answers. */
const CHECK_WITHIN_MS = 1_000;

/** What is wrong, as "what: why", in the order of the checks; none when ready. */
export async function notReady(checks: ReadinessChecks, clock: Clock): Promise<string[]> {
  const reasons = Object.entries(checks).map(async ([what, check]) => {
    const deadline = { clock, afterMs: CHECK_WITHIN_MS, what: 'The check', remedy: 'Look again.' };
    const reason = await withDeadline(deadline, async () => await check()).catch(
      (error: unknown) => toParleyError(error, { code: 'CHECK_FAILED', remedy: 'Look again.' }).message,
    );
    return reason === null ? [] : [`${what}: ${reason}`];
  });
  return (await Promise.all(reasons)).flat();
}
