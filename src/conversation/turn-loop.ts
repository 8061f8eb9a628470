/** Tells the turn engine its events one at a time, has its effects performed, and keeps its timers. */
import type { Clock, Timer } from '../base/clock.ts';
import { toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { TurnOptions } from '../turn/defaults.ts';
import { stepTurn } from '../turn/engine.ts';
import { logHeader, logLine } from '../turn/event-log.ts';
import {
  initialTurnState,
  type Rhythm,
  type TimerKey,
  type TurnEffect,
  type TurnEvent,
} from '../turn/types.ts';

/** What the loop does itself is not for the others to perform. */
export type OuterEffect = Exclude<TurnEffect, { type: 'setTimer' | 'clearTimer' }>;

export interface TurnLoopOptions {
  clock: Clock;
  log: Log;
  turnOptions: TurnOptions;
  perform(effect: OuterEffect): void;
  /** Takes the lines of the event log, which hold what people say; null to keep none. */
  record: ((line: string) => void) | null;
}

/** Sums of instants are off by less than this. */
const EXACT_MS = 0.01;

export class TurnLoop {
  readonly #options: TurnLoopOptions;
  readonly #timers = new Map<TimerKey, Timer>();
  readonly #events: TurnEvent[] = [];
  #state = initialTurnState;
  #dispatching = false;
  #atMs = 0;
  #closed = false;

  constructor(options: TurnLoopOptions) {
    this.#options = options;
    options.record?.(logHeader(options.turnOptions));
  }

  /** When the engine was last told something. */
  get atMs(): number {
    return this.#atMs;
  }

  /** Null as long as nothing was learned. */
  rhythmOf(speakerId: string): Rhythm | null {
    return this.#state.rhythms.get(speakerId) ?? null;
  }

  /** No timer fires any more, and no event is taken. */
  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#closed = true;
  }

  /** Events raised while effects are performed wait their turn, so that the engine sees one at a time. */
  dispatch(event: TurnEvent): void {
    if (this.#closed) return;
    this.#events.push(event);
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (let told = this.#events.shift(); told; told = this.#events.shift()) {
        // One that waited for its turn is no earlier than those before it.
        this.#atMs = Math.max(this.#atMs, told.atMs);
        const next = { ...told, atMs: this.#atMs };
        for (const effect of this.#tell(next)) this.#attempt(effect);
      }
    } finally {
      this.#dispatching = false;
    }
  }

  /** An event that the engine fails at is lost; the conversation goes on as if it had not been. */
  #tell(event: TurnEvent): readonly TurnEffect[] {
    try {
      this.#options.record?.(logLine(event));
      const { state, effects } = stepTurn(this.#state, event, this.#options.turnOptions);
      this.#state = state;
      return effects;
    } catch (error) {
      const failure = internal(error);
      this.#options.log.error({ event: event.type, err: failure, remedy: failure.remedy }, 'event failed');
      return [];
    }
  }

  /** An effect that fails must not keep the others from being performed: the engine counts on them. */
  #attempt(effect: TurnEffect): void {
    try {
      if (effect.type === 'setTimer') this.#setTimer(effect.key, effect.dueMs);
      else if (effect.type === 'clearTimer') this.#clearTimer(effect.key);
      else this.#options.perform(effect);
    } catch (error) {
      const failure = internal(error);
      this.#options.log.error({ effect: effect.type, err: failure, remedy: failure.remedy }, 'effect failed');
      const instead = insteadOf(effect, this.#options.clock.now());
      if (instead) this.dispatch(instead);
    }
  }

  #setTimer(key: TimerKey, dueMs: number): void {
    const { clock } = this.#options;
    this.#clearTimer(key);
    const arm = () => this.#timers.set(key, clock.setTimer(dueMs - clock.now(), fire));
    const fire = () => {
      // Timers fire up to a millisecond early. What follows would then be dated before what it waited for.
      if (dueMs - clock.now() > EXACT_MS) return arm();
      this.#timers.delete(key);
      this.dispatch({ type: 'timer', key, atMs: Math.max(dueMs, clock.now()) });
    };
    arm();
  }

  #clearTimer(key: TimerKey): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }
}

const internal = (error: unknown) =>
  toParleyError(error, { code: 'INTERNAL', remedy: 'Report this as a defect, with the lines before it.' });

/** What the engine is told where it waits for the outcome of an effect that could not be performed. */
function insteadOf(effect: TurnEffect, atMs: number): TurnEvent | null {
  const code = 'INTERNAL';
  switch (effect.type) {
    case 'openGate':
      return { type: 'answerFailed', turnId: effect.turn.id, atMs, code };
    case 'sayNotice':
      return { type: 'noticeDone', turnId: effect.turnId, atMs };
    case 'startDraft':
      return effect.speculative ? { type: 'draftFailed', draftId: effect.draftId, atMs, code } : null;
    default:
      return null;
  }
}
