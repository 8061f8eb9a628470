/** The end-of-turn rule: how long to wait after the last voiced frame. The one place to change it. */
import type { Completeness } from './completeness.ts';
import type { TurnOptions } from './defaults.ts';
import { incompleteMs, isPushToTalk } from './rhythm.ts';
import type { Rhythm } from './types.ts';

export interface GateEvidence {
  lastVoicedMs: number;
  /** A sound after the last voiced frame that may yet be confirmed as speech. */
  onsetMs: number | null;
  /** When the client's silence frames began after the last voiced frame. */
  talkEndedMs: number | null;
  /** Of the words so far. */
  completeness: Completeness;
  /** What is known of the speaker; null for a stranger. */
  rhythm: Rhythm | null;
}

/** The instant at which the turn ends if nothing more is heard. */
export function gateDueMs(evidence: GateEvidence, options: TurnOptions): number {
  const { lastVoicedMs, onsetMs, talkEndedMs, rhythm } = evidence;
  if (talkEndedMs !== null && isPushToTalk(rhythm, options)) return talkEndedMs;
  const dueMs = lastVoicedMs + silenceMs(evidence, options);
  if (onsetMs === null) return dueMs;
  return Math.max(dueMs, onsetMs + options.onsetGraceMs);
}

function silenceMs({ completeness, rhythm }: GateEvidence, options: TurnOptions): number {
  switch (completeness) {
    case 'complete': {
      const { gateCompleteMs, gateCompleteCeilingMs } = options;
      return clamp(rhythm?.afterCompleteMs ?? gateCompleteMs, gateCompleteMs, gateCompleteCeilingMs);
    }
    case 'incomplete': {
      const { gateIncompleteFloorMs, gateIncompleteCeilingMs } = options;
      return clamp(incompleteMs(rhythm, options), gateIncompleteFloorMs, gateIncompleteCeilingMs);
    }
    case 'wait':
      return options.gateWaitMs;
  }
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));
