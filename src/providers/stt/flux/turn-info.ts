/** What Flux tells of a turn. */
import { SAMPLE_RATE } from '../../../audio/pcm.ts';
import { textOf } from '../streaming/vendor-words.ts';

const EVENTS = ['StartOfTurn', 'Update', 'EagerEndOfTurn', 'TurnResumed', 'EndOfTurn'] as const;

export interface TurnInfo {
  event: (typeof EVENTS)[number];
  transcript: string;
  /** How much of the session's audio it has heard, in samples; null when it does not say. */
  heard: number | null;
}

/** Null for a message of another kind, or an event that is not known. */
export function turnInfoOf(message: Readonly<Record<string, unknown>> | null): TurnInfo | null {
  if (textOf(message, 'type') !== 'TurnInfo') return null;
  const event = EVENTS.find((known) => known === textOf(message, 'event'));
  if (!event) return null;
  const end = message?.audio_window_end;
  const heard = typeof end === 'number' && Number.isFinite(end) ? Math.round(end * SAMPLE_RATE) : null;
  return { event, transcript: textOf(message, 'transcript').trim(), heard };
}
