/** How one speaker talks: the pauses inside their turns, and whether a key opens their microphone. */
import type { TurnOptions } from './defaults.ts';
import { type Step, setRhythm } from './step.ts';
import type { Rhythm } from './types.ts';

const rhythmOf = (step: Step, speakerId: string): Rhythm =>
  step.state.rhythms.get(speakerId) ?? {
    pauseMs: step.options.rhythmPauseMs,
    spreadMs: step.options.rhythmSpreadMs,
    keyed: 0,
  };

/** The speaker went on after this much silence. */
export function learnPause(step: Step, speakerId: string, silenceMs: number): void {
  const { rhythmMinMs, rhythmMaxMs, rhythmWeight } = step.options;
  if (silenceMs < rhythmMinMs || silenceMs > rhythmMaxMs) return;
  const rhythm = rhythmOf(step, speakerId);
  const off = silenceMs - rhythm.pauseMs;
  const pauseMs = rhythm.pauseMs + rhythmWeight * off;
  const spreadMs = rhythm.spreadMs + rhythmWeight * (Math.abs(off) - rhythm.spreadMs);
  setRhythm(step, speakerId, { ...rhythm, pauseMs, spreadMs });
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

/** How long this speaker's pauses are, as a share of a stranger's: 1 for a stranger. */
export function slownessOf(rhythm: Rhythm | null, options: TurnOptions): number {
  if (!rhythm) return 1;
  return (rhythm.pauseMs + rhythm.spreadMs) / (options.rhythmPauseMs + options.rhythmSpreadMs);
}
