/** The floor: which turn is being answered, which wait, and how each of them ends. */
import { cancelAllDrafts, cancelDrafts, newDraft } from './drafts.ts';
import { learnEnd } from './rhythm.ts';
import { clearTimer, isFreeFor, type Step, setFloor, setQueue, setTimer, withEntry } from './step.ts';
import type { Draft, NoticeKind, Turn, TurnEnd } from './types.ts';

/**
 * A turn is complete: it is answered now, by the draft if there is one, or waits. With `fault` it cannot be answered
 * and ends with a notice.
 */
export function requestFloor(
  step: Step,
  turn: Turn,
  { draft = null, fault }: { draft?: Draft | null; fault?: string },
): void {
  const free = isFreeFor(step, turn.speakerId);
  if (fault) return free ? giveNotice(step, turn, 'failed', fault) : unanswered(step, turn, fault);
  if (free) return answer(step, turn, turn.endOfTurnMs, draft);
  // By the time that the floor is free the draft will not know what was said last.
  if (draft) cancelDrafts(step, turn.speakerId, [draft]);
  const speculation = draft ? 'miss' : turn.speculation;
  setQueue(step, [...step.state.queue, { ...turn, speculation, interimUsedMs: null }]);
  setTimer(step, `wait:${turn.id}`, step.atMs + step.options.floorWaitMs);
}

/**
 * The speaker goes on before anything of the answer was audible: the answer is dropped and the words are given back,
 * to become one turn with what follows. Null when there is nothing to give back.
 */
export function deferToSpeaker(step: Step, speakerId: string): Turn | null {
  const { floor, queue } = step.state;
  const waiting = queue.find((turn) => turn.speakerId === speakerId);
  if (waiting) {
    clearTimer(step, `wait:${waiting.id}`);
    setQueue(
      step,
      queue.filter((turn) => turn !== waiting),
    );
    return waiting;
  }
  if (floor.phase !== 'answering' || floor.turn.speakerId !== speakerId || floor.audibleMs !== null)
    return null;
  leaveAnswer(step);
  step.effects.push({ type: 'stopAnswer', turnId: floor.turn.id });
  nextTurn(step);
  return floor.turn;
}

/** The speaker's turn that is being answered, or waits for that. */
export function turnUnderWay(step: Step, speakerId: string): Turn | undefined {
  const { floor, queue } = step.state;
  const turns = floor.phase === 'free' ? queue : [floor.turn, ...queue];
  return turns.find((turn) => turn.speakerId === speakerId);
}

/** The first frame left. */
export function onAnswerStarted(step: Step, turnId: number): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || floor.turn.id !== turnId || floor.startedMs !== null) return;
  setFloor(step, { ...floor, startedMs: step.atMs });
}

export function onAnswerAudible(step: Step, turnId: number, audibleMs: number): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || floor.turn.id !== turnId || floor.audibleMs !== null) return;
  setFloor(step, { ...floor, audibleMs });
  setTimer(step, 'answer', audibleMs + step.options.answerMaxMs);
}

/** What the voice was given to say so far. */
export function onSpoken(step: Step, turnId: number, text: string): void {
  const { floor } = step.state;
  if (floor.phase === 'free' || floor.turn.id !== turnId) return;
  setFloor(step, { ...floor, saying: text });
}

/** The agent's words that can have been heard, and so may come back as echo: of the answer that plays. */
export function playedSoFar(step: Step): string {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || floor.audibleMs === null) return '';
  const { echoWordsPerSecond, echoWordsAhead } = step.options;
  const heardMs = (floor.over?.pausedMs ?? step.atMs) - floor.audibleMs - floor.silentMs;
  const words = (heardMs / 1_000) * echoWordsPerSecond + echoWordsAhead;
  return floor.saying.split(/\s+/).slice(0, Math.ceil(words)).join(' ');
}

/** @param falseCutoff the speaker goes on, so that it was no end of turn. */
export function onAnswerDone(step: Step, turnId: number, falseCutoff = false): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || floor.turn.id !== turnId) return;
  if (floor.audibleMs !== null) return endAnswer(step, { falseCutoff, bargedIn: false });
  leaveAnswer(step);
  giveNotice(step, floor.turn, 'failed', 'EMPTY_ANSWER');
}

/** The answer that was heard is over; the floor goes to who talked it down, or to who waits. */
export function endAnswer(step: Step, how: { falseCutoff: boolean; bargedIn: boolean }): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering') return;
  leaveAnswer(step);
  const spoken = { text: playedSoFar(step), untilMs: step.atMs };
  const { turn, falseBargeIns } = floor;
  endTurn(step, {
    ...{ turn, atMs: step.atMs, outcome: 'answered', reason: null, audible: 'answer' },
    ...{ ...how, falseBargeIns },
  });
  const { speakerId } = turn;
  if (!how.falseCutoff) learnEnd(step, speakerId);
  const lastTalk = { by: 'agent' as const, speakerId, atMs: step.atMs };
  step.state = {
    ...step.state,
    spoken,
    lastTalk,
    dialogues: withEntry(step.state.dialogues, speakerId, step.atMs),
  };
  if (!how.bargedIn && !how.falseCutoff) return nextTurn(step);
  setFloor(step, { phase: 'free', yieldedTo: speakerId });
  setTimer(step, 'yield', step.atMs + step.options.yieldMaxMs);
}

/** Those who wait go on waiting until the one whom the floor was yielded to is done, and was answered. */
export function endYield(step: Step): void {
  const { floor, speakers } = step.state;
  if (floor.phase !== 'free' || floor.yieldedTo === undefined || speakers.has(floor.yieldedTo)) return;
  clearTimer(step, 'yield');
  nextTurn(step);
}

/** The `yield` timer: who has the floor talks on and on, so that the others need wait no more. */
export function onYieldOverdue(step: Step): void {
  if (step.state.floor.phase === 'free') nextTurn(step);
}

/** Nothing that was set for the answer is left. */
function leaveAnswer(step: Step): void {
  clearTimer(step, 'answer');
  const { floor } = step.state;
  if (floor.phase === 'answering' && floor.over) clearTimer(step, 'over');
}

export function onAnswerFailed(step: Step, turnId: number, code: string): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || floor.turn.id !== turnId) return;
  step.effects.push({ type: 'stopAnswer', turnId });
  if (floor.audibleMs !== null) return onAnswerDone(step, turnId);
  leaveAnswer(step);
  giveNotice(step, floor.turn, 'failed', code);
}

/** The `answer` timer: nothing audible in time, or an answer without end. */
export function onAnswerOverdue(step: Step): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering') return;
  const { startedMs, audibleMs, turn } = floor;
  const graceEndMs = (startedMs ?? Number.NEGATIVE_INFINITY) + step.options.answerGraceMs;
  if (audibleMs === null && graceEndMs > step.atMs) return setTimer(step, 'answer', graceEndMs);
  step.effects.push({ type: 'stopAnswer', turnId: turn.id });
  if (audibleMs !== null) return onAnswerDone(step, turn.id);
  leaveAnswer(step);
  giveNotice(step, turn, 'tooSlow', 'ANSWER_TIMEOUT');
}

export function onNoticeDone(step: Step, turnId: number): void {
  const { floor } = step.state;
  if (floor.phase !== 'noticing' || floor.turn.id !== turnId) return;
  clearTimer(step, 'notice');
  unanswered(step, floor.turn, floor.reason, 'notice');
  leaveNotice(step, floor.saying);
}

/** The notice itself did not end in time: the turn ends without it. */
export function onNoticeOverdue(step: Step): void {
  const { floor } = step.state;
  if (floor.phase !== 'noticing') return;
  step.effects.push({ type: 'stopNotice', turnId: floor.turn.id });
  unanswered(step, floor.turn, floor.reason);
  leaveNotice(step, floor.saying);
}

function leaveNotice(step: Step, saying: string): void {
  if (saying) step.state = { ...step.state, spoken: { text: saying, untilMs: step.atMs } };
  nextTurn(step);
}

export function onWaitOverdue(step: Step, turnId: number): void {
  const turn = step.state.queue.find((waiting) => waiting.id === turnId);
  if (!turn) return;
  setQueue(
    step,
    step.state.queue.filter((waiting) => waiting !== turn),
  );
  unanswered(step, turn, 'FLOOR_BUSY');
}

/** The speaker is gone: their waiting turns end, and an answer to them stops. */
export function vacateFloor(step: Step, speakerId: string): void {
  for (const turn of step.state.queue.filter((waiting) => waiting.speakerId === speakerId)) {
    clearTimer(step, `wait:${turn.id}`);
    unanswered(step, turn, 'SPEAKER_LEFT');
  }
  setQueue(
    step,
    step.state.queue.filter((waiting) => waiting.speakerId !== speakerId),
  );
  const { floor } = step.state;
  if (floor.phase === 'free' || floor.turn.speakerId !== speakerId) return;
  if (floor.phase === 'noticing') {
    step.effects.push({ type: 'stopNotice', turnId: floor.turn.id });
    return onNoticeDone(step, floor.turn.id);
  }
  step.effects.push({ type: 'stopAnswer', turnId: floor.turn.id });
  if (floor.audibleMs !== null) return onAnswerDone(step, floor.turn.id);
  leaveAnswer(step);
  unanswered(step, floor.turn, 'SPEAKER_LEFT');
  nextTurn(step);
}

export function unanswered(step: Step, turn: Turn, reason: string, audible: 'notice' | null = null): void {
  const spoilt = { falseCutoff: false, bargedIn: false, falseBargeIns: 0 };
  endTurn(step, { turn, atMs: step.atMs, outcome: 'unanswered', reason, audible, ...spoilt });
}

function endTurn(step: Step, end: TurnEnd): void {
  step.effects.push({ type: 'turnEnded', end });
}

function answer(step: Step, turn: Turn, fromMs: number, draft: Draft | null): void {
  if (isYielded(step)) clearTimer(step, 'yield');
  cancelAllDrafts(step);
  const draftId = draft?.id ?? newDraft(step, turn.speakerId, turn.text, false);
  const answered = draft ? turn : { ...turn, modelCalls: turn.modelCalls + 1 };
  const begun = {
    startedMs: null,
    audibleMs: null,
    over: null,
    falseBargeIns: 0,
    holds: 0,
    silentMs: 0,
    saying: '',
  };
  setFloor(step, { phase: 'answering', turn: answered, ...begun });
  setTimer(step, 'answer', fromMs + step.options.answerDueMs);
  step.effects.push({ type: 'openGate', draftId, turn: answered });
}

function giveNotice(step: Step, turn: Turn, kind: NoticeKind, reason: string): void {
  if (isYielded(step)) clearTimer(step, 'yield');
  setFloor(step, { phase: 'noticing', turn, reason, saying: '' });
  setTimer(step, 'notice', step.atMs + step.options.noticeMaxMs);
  step.effects.push({ type: 'sayNotice', turnId: turn.id, kind, code: reason });
}

const isYielded = ({ state: { floor } }: Step): boolean =>
  floor.phase === 'free' && floor.yieldedTo !== undefined;

function nextTurn(step: Step): void {
  setFloor(step, { phase: 'free' });
  const [turn, ...queue] = step.state.queue;
  if (!turn) return;
  clearTimer(step, `wait:${turn.id}`);
  setQueue(step, queue);
  answer(step, turn, step.atMs, null);
}
