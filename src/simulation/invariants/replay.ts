/** A conversation told again to a fresh engine goes the same way. */
import { stepTurn } from '../../turn/engine.ts';
import { initialTurnState, type TurnEffect } from '../../turn/types.ts';
import { firstDifference } from '../same.ts';
import type { Invariant } from './invariant.ts';

/** Telling a conversation again costs nearly as much as playing it: one in so many is. */
const ONE_IN = 4;

export const replaysTheSame: Invariant = {
  name: 'replaysTheSame',
  meaning:
    'The log of events is enough: told again, it gives the same effects and the same state, bit for bit.',
  check({ seed, room, turn }) {
    if (seed % ONE_IN !== 0) return [];
    const { events, effects } = room.recording;
    let state = initialTurnState;
    let next = 0;
    for (const [index, event] of events.entries()) {
      const step = stepTurn(state, event, turn);
      state = step.state;
      for (const effect of step.effects) {
        const first = effects[next++];
        const difference = first?.event === index ? differenceOf(effect, first.effect) : 'none was there';
        if (difference !== null)
          return [`${event.atMs}: event ${index}, effect ${effect.type}: ${difference}`];
      }
    }
    if (next !== effects.length) return [`${effects.length - next} effects are missing`];
    const difference = firstDifference(state, room.state);
    return difference === null ? [] : [`the last state: ${difference}`];
  },
};

/** Most effects are timers, for which the long way costs too much. */
function differenceOf(a: TurnEffect, b: TurnEffect): string | null {
  if (a.type === 'setTimer' && b.type === 'setTimer' && a.key === b.key && Object.is(a.dueMs, b.dueMs))
    return null;
  if (a.type === 'clearTimer' && b.type === 'clearTimer' && a.key === b.key) return null;
  return firstDifference(a, b);
}
