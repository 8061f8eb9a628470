/** The timeline of a turn that has ended: the engine's instants, the ear's and the answer's, together. */
import type { Marks } from '../latency/timeline.ts';
import type { Turn } from '../turn/types.ts';
import type { Answer } from './answer.ts';
import type { Hearing } from './hearing.ts';

/** Without the answer's audible marks when it was never heard. @param hearing of who spoke, if that person is still here. */
export function turnMarks(
  turn: Turn,
  answer: Answer | undefined,
  heard: boolean,
  hearing: Hearing | undefined,
): Marks {
  const passage = hearing?.passage(turn.lastVoicedMs);
  const marks: Marks = {
    speechStarted: turn.speechStartedMs,
    lastVoiced: passage?.arrivedMs ?? turn.lastVoicedMs,
    endOfTurn: turn.endOfTurnMs,
    ...answer?.marks,
  };
  if (turn.pauseDetectedMs !== null) marks.pauseDetected = turn.pauseDetectedMs;
  if (turn.interimUsedMs !== null) marks.interimUsed = turn.interimUsedMs;
  if (passage) marks.repaired = passage.releasedMs;
  if (turn.sttFinalMs !== null) {
    marks.sttFinal = turn.sttFinalMs;
    // What is opened later is for what is said later.
    const connectedMs = hearing?.connectedMs(turn.speechStartedMs, turn.sttFinalMs);
    if (connectedMs !== undefined) marks.sttConnected = connectedMs;
  }
  if (!heard) delete marks.firstAudibleOut;
  return marks;
}
