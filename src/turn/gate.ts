/** The end-of-turn rule: how long to wait after the last voiced frame. The one place to change it. */
import type { TurnOptions } from './defaults.ts';

export interface GateEvidence {
  lastVoicedMs: number;
  /** A sound after the last voiced frame that may yet be confirmed as speech. */
  onsetMs: number | null;
  /** The words so far are a whole phrase. */
  finished: boolean;
}

/** The instant at which the turn ends if nothing more is heard. */
export function gateDueMs(evidence: GateEvidence, options: TurnOptions): number {
  const waitMs = evidence.finished ? options.gateFinishedMs : options.gateUnfinishedMs;
  const dueMs = evidence.lastVoicedMs + waitMs;
  if (evidence.onsetMs === null) return dueMs;
  return Math.max(dueMs, evidence.onsetMs + options.onsetGraceMs);
}
