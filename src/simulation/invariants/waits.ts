/** Nothing waits without a deadline: checked after each step of the engine. */
import type { TurnOptions } from '../../turn/defaults.ts';
import type { TimerKey } from '../../turn/types.ts';
import type { Room } from '../room.ts';

/** The waits of this state that have no timer, or one that is too far away. */
export function waitsWithoutDeadline(room: Room, options: TurnOptions): string[] {
  const broken: string[] = [];
  const need = (key: TimerKey, withinMs: number) => {
    const dueMs = room.dueMs(key);
    if (dueMs === null) broken.push(`${room.nowMs}: a wait without its timer "${key}"`);
    else if (dueMs > room.nowMs + withinMs + LATE_MS)
      broken.push(`${room.nowMs}: "${key}" fires only at ${dueMs}`);
  };
  const { speakers, floor, queue } = room.state;
  for (const [id, speaker] of speakers) {
    if (speaker.phase === 'speaking') need(`gate:${id}`, options.gateWaitMs);
    else need(`final:${id}`, options.finalDueMs);
  }
  for (const turn of queue) need(`wait:${turn.id}`, options.floorWaitMs);
  if (floor.phase === 'free' && floor.yieldedTo !== undefined) need('yield', options.yieldMaxMs);
  if (floor.phase === 'noticing') need('notice', options.noticeMaxMs);
  if (floor.phase === 'answering') {
    need('answer', floor.audibleMs === null ? options.answerDueMs : options.answerMaxMs);
    if (floor.over) need('over', Math.max(options.duckConfirmMs, options.overSilenceMs, options.finalDueMs));
  }
  return broken;
}

/** Timers fire late. */
const LATE_MS = 160;
