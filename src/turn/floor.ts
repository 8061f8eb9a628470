/** The floor: which turn is being answered, which wait, and how each of them ends. */
import { clearTimer, type Step, setFloor, setQueue, setTimer } from './step.ts';
import type { NoticeKind, Turn, TurnEnd } from './types.ts';

/** A turn is complete: it is answered now, or waits. With `fault` it cannot be answered and ends with a notice. */
export function requestFloor(step: Step, turn: Turn, fault?: string): void {
  if (fault) {
    if (step.state.floor.phase === 'free') return giveNotice(step, turn, 'failed', fault);
    return unanswered(step, turn, fault);
  }
  if (step.state.floor.phase === 'free') return answer(step, turn, turn.endOfTurnMs);
  setQueue(step, [...step.state.queue, turn]);
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
  clearTimer(step, 'answer');
  step.effects.push({ type: 'stopAnswer', turnId: floor.turn.id });
  nextTurn(step);
  return floor.turn;
}

/** The addressee talks while the answer is audible: a cut-off when at once, a barge-in when long enough. */
export function talkOver(step: Step, speakerId: string, startedMs: number | null, voicedMs: number): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || floor.audibleMs === null || floor.turn.speakerId !== speakerId) return;
  const talkedOverMs = startedMs ?? floor.talkedOverMs;
  if (talkedOverMs === null) return;
  const cutOff = floor.cutOff || talkedOverMs - floor.audibleMs <= step.options.cutoffProxyMs;
  setFloor(step, { ...floor, talkedOverMs, cutOff });
  if (voicedMs - talkedOverMs < step.options.bargeInMs) return;
  step.effects.push({ type: 'stopAnswer', turnId: floor.turn.id });
  onAnswerDone(step, floor.turn.id);
}

export function onAnswerAudible(step: Step, turnId: number): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || floor.turn.id !== turnId || floor.audibleMs !== null) return;
  setFloor(step, { ...floor, audibleMs: step.atMs });
  setTimer(step, 'answer', step.atMs + step.options.answerMaxMs);
}

export function onAnswerDone(step: Step, turnId: number): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || floor.turn.id !== turnId) return;
  clearTimer(step, 'answer');
  if (floor.audibleMs === null) return giveNotice(step, floor.turn, 'failed', 'EMPTY_ANSWER');
  const outcome = { outcome: 'answered', reason: null, audible: 'answer' } as const;
  endTurn(step, { turn: floor.turn, atMs: step.atMs, falseCutoff: floor.cutOff, ...outcome });
  nextTurn(step);
}

export function onAnswerFailed(step: Step, turnId: number, code: string): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || floor.turn.id !== turnId) return;
  step.effects.push({ type: 'stopAnswer', turnId });
  if (floor.audibleMs !== null) return onAnswerDone(step, turnId);
  clearTimer(step, 'answer');
  giveNotice(step, floor.turn, 'failed', code);
}

/** The `answer` timer: nothing audible in time, or an answer without end. */
export function onAnswerOverdue(step: Step): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering') return;
  step.effects.push({ type: 'stopAnswer', turnId: floor.turn.id });
  if (floor.audibleMs !== null) return onAnswerDone(step, floor.turn.id);
  giveNotice(step, floor.turn, 'tooSlow', 'ANSWER_TIMEOUT');
}

export function onNoticeDone(step: Step, turnId: number): void {
  const { floor } = step.state;
  if (floor.phase !== 'noticing' || floor.turn.id !== turnId) return;
  clearTimer(step, 'notice');
  unanswered(step, floor.turn, floor.reason, 'notice');
  nextTurn(step);
}

/** The notice itself did not end in time: the turn ends without it. */
export function onNoticeOverdue(step: Step): void {
  const { floor } = step.state;
  if (floor.phase !== 'noticing') return;
  step.effects.push({ type: 'stopNotice', turnId: floor.turn.id });
  unanswered(step, floor.turn, floor.reason);
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
  clearTimer(step, 'answer');
  unanswered(step, floor.turn, 'SPEAKER_LEFT');
  nextTurn(step);
}

export function unanswered(step: Step, turn: Turn, reason: string, audible: 'notice' | null = null): void {
  endTurn(step, { turn, atMs: step.atMs, outcome: 'unanswered', reason, falseCutoff: false, audible });
}

function endTurn(step: Step, end: TurnEnd): void {
  step.effects.push({ type: 'turnEnded', end });
}

function answer(step: Step, turn: Turn, fromMs: number): void {
  setFloor(step, { phase: 'answering', turn, audibleMs: null, cutOff: false, talkedOverMs: null });
  setTimer(step, 'answer', fromMs + step.options.answerDueMs);
  step.effects.push({ type: 'startAnswer', turn });
}

function giveNotice(step: Step, turn: Turn, kind: NoticeKind, reason: string): void {
  setFloor(step, { phase: 'noticing', turn, reason });
  setTimer(step, 'notice', step.atMs + step.options.noticeMaxMs);
  step.effects.push({ type: 'sayNotice', turnId: turn.id, kind, code: reason });
}

function nextTurn(step: Step): void {
  setFloor(step, { phase: 'free' });
  const [turn, ...queue] = step.state.queue;
  if (!turn) return;
  clearTimer(step, `wait:${turn.id}`);
  setQueue(step, queue);
  answer(step, turn, step.atMs);
}
