/** What happened in the virtual room, for invariants, benchmarks and people to look at. */
import type { Marks } from '../latency/timeline.ts';
import type { TurnEffect, TurnEnd, TurnEvent } from '../turn/types.ts';
import type { Draft } from './draft.ts';
import type { ToldFinal } from './recogniser.ts';
import type { SaidUtterance } from './speaker.ts';

/** A turn that ended. */
export interface EndedTurn {
  end: TurnEnd;
  marks: Marks;
  /** The answer, or the last attempt at one; null when none was begun. */
  draft: Draft | null;
  /** What history keeps of the answer. */
  heard: string;
}

export interface PerformedEffect {
  atMs: number;
  /** Index of the event that it answers. */
  event: number;
  effect: TurnEffect;
}

export interface Recording {
  /** In the order in which the engine was told. */
  readonly events: TurnEvent[];
  /** In the order in which they were performed. */
  readonly effects: PerformedEffect[];
  readonly drafts: Draft[];
  readonly turns: EndedTurn[];
  readonly said: SaidUtterance[];
  readonly finals: ToldFinal[];
}
