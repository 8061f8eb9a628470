/** Whether a vendor can be used as it is set up: asked by the operator, before anybody talks. */
import type { Clock } from '../../../base/clock.ts';

export interface ProbeResult {
  /** For people: what answered, and with what. */
  found: string;
  /** Until it was ready. */
  tookMs: number;
}

/** Rejects as `ask` does. */
export async function timed(clock: Clock, ask: () => Promise<string>): Promise<ProbeResult> {
  const beganMs = clock.now();
  const found = await ask();
  return { found, tookMs: clock.now() - beganMs };
}
