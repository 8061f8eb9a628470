/** All that must hold in every conversation, whatever is said and whatever fails. */
import type { Talk } from '../random-talk.ts';
import {
  framesConsecutive,
  nothingAfterStop,
  nothingBeforeGate,
  oneAnswerATurn,
  playedToItsEnd,
  silentWhilePaused,
} from './answers.ts';
import {
  draftsBounded,
  draftsEndWithTheirPause,
  noDraftBehindOthers,
  noDraftForWait,
  noDraftOutOfSilence,
  noStreamAfterTurn,
} from './drafts.ts';
import { waitsForTheEnd } from './gate.ts';
import type { Invariant } from './invariant.ts';
import { criticalPathTiles, marksInOrder } from './marks.ts';
import { replaysTheSame } from './replay.ts';
import { givesWayToWords, lowersAtOnset, pausesForSpeech, speaksUpAgain } from './talking-over.ts';
import {
  comesToRest,
  everyTurnEnds,
  everyWordAccounted,
  inTwoSeconds,
  nothingForWhoLeft,
  outcomeIsTrue,
} from './turns.ts';

/** Told of each step by the conversation itself; see `waits.ts`. */
const everyWaitHasADeadline: Invariant = {
  name: 'everyWaitHasADeadline',
  meaning: 'Every state that waits for something has a timer set, which is due in time.',
  check: ({ waits }) => waits,
};

export const INVARIANTS: readonly Invariant[] = [
  ...[
    oneAnswerATurn,
    nothingAfterStop,
    framesConsecutive,
    nothingBeforeGate,
    silentWhilePaused,
    playedToItsEnd,
  ],
  ...[everyTurnEnds, everyWordAccounted, outcomeIsTrue, inTwoSeconds, comesToRest, nothingForWhoLeft],
  ...[everyWaitHasADeadline, waitsForTheEnd],
  ...[marksInOrder, criticalPathTiles],
  ...[noStreamAfterTurn, draftsBounded, noDraftForWait, noDraftBehindOthers, noDraftOutOfSilence],
  ...[draftsEndWithTheirPause],
  ...[lowersAtOnset, pausesForSpeech, givesWayToWords, speaksUpAgain],
  ...[replaysTheSame],
];

/** What is broken in this conversation, as "invariant: what happened". */
export function violationsOf(talk: Talk): string[] {
  return INVARIANTS.flatMap(({ name, check }) => check(talk).map((broken) => `${name}: ${broken}`));
}
