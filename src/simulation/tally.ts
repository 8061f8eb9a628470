/** What is counted over many conversations. */
import { violationsOf } from './invariants/index.ts';
import { playRandomTalk, type Talk } from './random-talk.ts';

export interface Tally {
  conversations: number;
  turns: number;
  answered: number;
  unanswered: number;
  bargeIns: number;
  /** Answers that were paused for a sound and went on. */
  resumes: number;
  overheard: number;
  drafts: number;
  speculationHits: number;
  events: number;
  faultsInjected: number;
  violations: number;
}

export interface Violation {
  seed: number;
  /** "invariant: what happened". */
  broken: string;
}

export const NOTHING: Tally = {
  ...{ conversations: 0, turns: 0, answered: 0, unanswered: 0, bargeIns: 0, resumes: 0, overheard: 0 },
  ...{ drafts: 0, speculationHits: 0, events: 0, faultsInjected: 0, violations: 0 },
};

export function add(a: Tally, b: Tally): Tally {
  const keys = Object.keys(NOTHING) as (keyof Tally)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as Tally;
}

/**
 * Plays the conversation of each seed from `firstSeed` on and checks what must hold.
 * @param onPlayed is told the seed after each.
 */
export function simulate(
  firstSeed: number,
  conversations: number,
  onPlayed: (seed: number) => void = () => {},
): { tally: Tally; violations: Violation[] } {
  let tally = NOTHING;
  const violations: Violation[] = [];
  for (let seed = firstSeed; seed < firstSeed + conversations; seed++) {
    const { talk, broken } = play(seed);
    tally = add(
      tally,
      talk ? { ...talliesOf(talk), violations: broken.length } : { ...NOTHING, violations: 1 },
    );
    for (const one of broken) violations.push({ seed, broken: one });
    onPlayed(seed);
  }
  return { tally, violations };
}

/** An engine that throws has broken every promise at once. */
function play(seed: number): { talk: Talk | null; broken: string[] } {
  try {
    const talk = playRandomTalk(seed);
    return { talk, broken: violationsOf(talk) };
  } catch (error) {
    return { talk: null, broken: [`neverThrows: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

function talliesOf({ room, draws }: Talk): Tally {
  const { turns, effects, events, drafts } = room.recording;
  const answered = turns.filter(({ end }) => end.outcome === 'answered').length;
  return {
    conversations: 1,
    turns: turns.length,
    answered,
    unanswered: turns.length - answered,
    bargeIns: turns.filter(({ end }) => end.bargedIn).length,
    resumes: turns.reduce((sum, { end }) => sum + end.falseBargeIns, 0),
    overheard: effects.filter(({ effect }) => effect.type === 'overheard').length,
    drafts: drafts.filter(({ options }) => options.speculative).length,
    speculationHits: turns.filter(({ end }) => end.turn.speculation === 'hit').length,
    events: events.length,
    faultsInjected: draws.faults,
    violations: 0,
  };
}
