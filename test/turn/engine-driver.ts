/** Drives the pure engine under virtual time: performs timers, records every other effect with its instant. */
import { TURN_DEFAULTS, type TurnOptions } from '../../src/turn/defaults.ts';
import { stepTurn } from '../../src/turn/engine.ts';
import {
  initialTurnState,
  type TimerKey,
  type Turn,
  type TurnEffect,
  type TurnEnd,
  type TurnEvent,
  type TurnState,
} from '../../src/turn/types.ts';

/** An event without the fields that the driver fills in. */
type Told<T> = T extends TurnEvent ? Omit<T, 'atMs'> : never;

export type Recorded = { atMs: number; effect: TurnEffect };

export class EngineDriver {
  state: TurnState = initialTurnState;
  nowMs = 0;
  readonly effects: Recorded[] = [];
  readonly events: TurnEvent[] = [];
  readonly timers = new Map<TimerKey, number>();
  readonly options: TurnOptions;

  constructor(options: Partial<TurnOptions> = {}) {
    this.options = { ...TURN_DEFAULTS, ...options };
  }

  tell(told: Told<TurnEvent>): void {
    this.#apply({ ...told, atMs: this.nowMs } as TurnEvent);
  }

  /** Moves on to `atMs`, firing the timers on the way at their instants. */
  to(atMs: number): void {
    for (;;) {
      const due = [...this.timers].filter(([, dueMs]) => dueMs <= atMs).sort((a, b) => a[1] - b[1])[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.nowMs = Math.max(this.nowMs, due[1]);
      this.#apply({ type: 'timer', key: due[0], atMs: this.nowMs });
    }
    this.nowMs = Math.max(this.nowMs, atMs);
  }

  /** Speech from `fromMs` to `toMs`: confirmed 100 ms in, one voiced frame every 20 ms. */
  speak(speakerId: string, fromMs: number, toMs: number): void {
    this.to(fromMs);
    this.tell({ type: 'onset', speakerId });
    const confirmedMs = Math.min(fromMs + 100, toMs);
    this.to(confirmedMs);
    this.tell({ type: 'speechStarted', speakerId, startedMs: fromMs });
    for (let atMs = confirmedMs; atMs <= toMs; atMs += 20) {
      this.to(atMs);
      this.tell({ type: 'voiced', speakerId, voicedMs: atMs });
    }
  }

  interim(speakerId: string, text: string, complete: boolean): void {
    const completeness = complete ? 'complete' : 'incomplete';
    this.tell({ type: 'interim', speakerId, text, completeness });
  }

  /** A finished phrase; its turn is over after the gate of 200 ms, and its final transcript comes 5 ms later. */
  ask(speakerId: string, text: string, fromMs: number, toMs: number): void {
    this.speak(speakerId, fromMs, toMs);
    this.interim(speakerId, text, true);
    this.to(toMs + 205);
    this.tell({ type: 'final', speakerId, text });
  }

  /** Asks from 0 to 1,000 ms, and hears the answer from 60 ms after the end of the turn. */
  hear(speakerId: string): void {
    this.ask(speakerId, 'what time is it', 0, 1_000);
    this.to(1_260);
    this.tell({ type: 'answerAudible', turnId: 1 });
  }

  /** What speech came to nothing, and why, as "speaker why". */
  get dismissals(): string[] {
    return this.effects.flatMap(({ effect }) =>
      effect.type === 'dismissed' ? [`${effect.speakerId} ${effect.why}`] : [],
    );
  }

  /**
   * What happened, without timers and dismissals, as "instant type subject"; an answer begun at the gate is told by
   * that alone.
   */
  get story(): string[] {
    const told = this.effects.filter(
      ({ effect }) => effect.type !== 'dismissed' && (effect.type !== 'startDraft' || effect.speculative),
    );
    return told.map(({ atMs, effect }) => {
      switch (effect.type) {
        case 'commit':
        case 'resetRecogniser':
          return `${atMs} ${effect.type} ${effect.speakerId}`;
        case 'overheard':
          return `${atMs} overheard ${effect.speakerId} "${effect.text}"`;
        case 'startDraft':
          return `${atMs} startDraft ${effect.draftId} "${effect.text}"`;
        case 'cancelDraft':
          return `${atMs} cancelDraft ${effect.draftId}`;
        case 'openGate':
          return `${atMs} openGate ${effect.turn.id} "${effect.turn.text}"${effect.turn.speculation === 'hit' ? ` draft ${effect.draftId}` : ''}`;
        case 'turnEnded':
          return `${atMs} turnEnded ${effect.end.turn.id} ${effect.end.outcome} ${effect.end.reason ?? effect.end.audible}`;
        case 'sayNotice':
          return `${atMs} sayNotice ${effect.turnId} ${effect.kind}`;
        case 'duckAnswer':
        case 'unduckAnswer':
        case 'pauseAnswer':
        case 'resumeAnswer':
        case 'stopAnswer':
        case 'stopNotice':
          return `${atMs} ${effect.type} ${effect.turnId}`;
        default:
          return `${atMs} ${effect.type}`;
      }
    });
  }

  /** The turn as it was when its gate was opened. */
  turnOf(turnId: number): Turn | undefined {
    for (const { effect } of this.effects)
      if (effect.type === 'openGate' && effect.turn.id === turnId) return effect.turn;
    return undefined;
  }

  endOf(turnId: number): TurnEnd | undefined {
    for (const { effect } of this.effects)
      if (effect.type === 'turnEnded' && effect.end.turn.id === turnId) return effect.end;
    return undefined;
  }

  #apply(event: TurnEvent): void {
    this.events.push(event);
    const { state, effects } = stepTurn(this.state, event, this.options);
    this.state = state;
    for (const effect of effects) {
      if (effect.type === 'setTimer') this.timers.set(effect.key, effect.dueMs);
      else if (effect.type === 'clearTimer') this.timers.delete(effect.key);
      else this.effects.push({ atMs: this.nowMs, effect });
    }
  }
}
