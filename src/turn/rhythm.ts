/** How one speaker talks: the pauses inside their turns, and whether a key opens their microphone. */
import type { Completeness } from './completeness.ts';
import type { TurnOptions } from './defaults.ts';
import { type Step, setRhythm } from './step.ts';
import type { Rhythm } from './types.ts';

function rhythmOf(step: Step, speakerId: string): Rhythm {
  const { rhythmPauseMs: pauseMs, gateCompleteMs: afterCompleteMs } = step.options;
  return step.state.rhythms.get(speakerId) ?? { pauseMs, afterCompleteMs, keyed: 0 };
}

/** Earlier talks taught this. Whether a key opens the microphone shows anew: that is another evening's client. */
export function recall(
  step: Step,
  speakerId: string,
  { pauseMs, afterCompleteMs }: Pick<Rhythm, 'pauseMs' | 'afterCompleteMs'>,
): void {
  setRhythm(step, speakerId, { ...rhythmOf(step, speakerId), pauseMs, afterCompleteMs });
}

/** The speaker went on after this much silence, when the words so far looked as complete as this. */
export function learnPause(
  step: Step,
  speakerId: string,
  silenceMs: number,
  completeness: Completeness,
): void {
  const { rhythmMinMs, rhythmMaxMs, rhythmWeight, gateCompleteCeilingMs } = step.options;
  if (silenceMs < rhythmMinMs || silenceMs > rhythmMaxMs || completeness === 'wait') return;
  const rhythm = rhythmOf(step, speakerId);
  if (completeness === 'complete') {
    const off = Math.min(silenceMs, gateCompleteCeilingMs) - rhythm.afterCompleteMs;
    const afterCompleteMs = rhythm.afterCompleteMs + rhythmWeight * off;
    return setRhythm(step, speakerId, { ...rhythm, afterCompleteMs });
  }
  const pauseMs = rhythm.pauseMs + rhythmWeight * (silenceMs - rhythm.pauseMs);
  setRhythm(step, speakerId, { ...rhythm, pauseMs });
}

/** The speaker was answered, and had indeed been done. */
export function learnEnd(step: Step, speakerId: string): void {
  const rhythm = step.state.rhythms.get(speakerId);
  if (!rhythm) return;
  const { rhythmEndWeight, gateCompleteMs } = step.options;
  const off = gateCompleteMs - rhythm.afterCompleteMs;
  setRhythm(step, speakerId, {
    ...rhythm,
    afterCompleteMs: rhythm.afterCompleteMs + rhythmEndWeight * off,
  });
}

/** The client's silence frames began this long after the last voiced frame. */
export function learnRelease(step: Step, speakerId: string, trailingMs: number): void {
  const rhythm = rhythmOf(step, speakerId);
  const { keyReleaseMs, keyReleases } = step.options;
  const keyed = trailingMs < keyReleaseMs ? Math.min(rhythm.keyed + 1, keyReleases) : 0;
  if (keyed !== rhythm.keyed) setRhythm(step, speakerId, { ...rhythm, keyed });
}

export const isPushToTalk = (rhythm: Rhythm | null, options: TurnOptions): boolean =>
  rhythm !== null && rhythm.keyed >= options.keyReleases;

/** Silence to wait for after an incomplete phrase, before floor and ceiling. */
export const incompleteMs = (rhythm: Rhythm | null, options: TurnOptions): number =>
  options.gateIncompleteMs * ((rhythm?.pauseMs ?? options.rhythmPauseMs) / options.rhythmPauseMs);
