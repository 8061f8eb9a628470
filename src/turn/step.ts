/** One step of the turn engine: what is being changed, and the effects asked for so far. */
import type { TurnOptions } from './defaults.ts';
import type { FloorState, Rhythm, SpeakerState, TimerKey, Turn, TurnEffect, TurnState } from './types.ts';

export interface Step {
  state: TurnState;
  readonly effects: TurnEffect[];
  readonly options: TurnOptions;
  readonly atMs: number;
}

export function setSpeaker(step: Step, speakerId: string, speaker: SpeakerState | null): void {
  step.state = { ...step.state, speakers: withEntry(step.state.speakers, speakerId, speaker) };
}

export function setRhythm(step: Step, speakerId: string, rhythm: Rhythm | null): void {
  step.state = { ...step.state, rhythms: withEntry(step.state.rhythms, speakerId, rhythm) };
}

export function setFloor(step: Step, floor: FloorState): void {
  step.state = { ...step.state, floor };
}

export function setQueue(step: Step, queue: readonly Turn[]): void {
  step.state = { ...step.state, queue };
}

export function setTimer(step: Step, key: TimerKey, dueMs: number): void {
  step.effects.push({ type: 'setTimer', key, dueMs });
}

export function clearTimer(step: Step, key: TimerKey): void {
  step.effects.push({ type: 'clearTimer', key });
}

/** The map with one entry changed; without it when `value` is null. */
export function withEntry<T>(
  map: ReadonlyMap<string, T>,
  key: string,
  value: T | null,
): ReadonlyMap<string, T> {
  const changed = new Map(map);
  if (value !== null) changed.set(key, value);
  else changed.delete(key);
  return changed;
}

/** Whether a turn of this speaker would be answered at once. */
export function isFreeFor({ state: { floor, queue } }: Step, speakerId: string): boolean {
  if (floor.phase !== 'free') return false;
  return floor.yieldedTo === undefined ? queue.length === 0 : floor.yieldedTo === speakerId;
}
