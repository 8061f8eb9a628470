/** The turn engine, a pure function: (state, event) -> (state, effects). Replaying the events gives the same states. */
import { TURN_DEFAULTS, type TurnOptions } from './defaults.ts';
import { onDraftFailed } from './drafts.ts';
import * as floor from './floor.ts';
import { goesOn, onOverDue } from './over.ts';
import { recall } from './rhythm.ts';
import * as speakers from './speakers.ts';
import { type Step, setRhythm } from './step.ts';
import type { TimerKey, TurnEffect, TurnEvent, TurnState } from './types.ts';

/** Effects are to be performed in order; `setTimer` replaces a timer of the same key. */
export function stepTurn(
  state: TurnState,
  event: TurnEvent,
  options: TurnOptions = TURN_DEFAULTS,
): { state: TurnState; effects: readonly TurnEffect[] } {
  const step: Step = { state, effects: [], options, atMs: event.atMs };
  apply(step, event);
  floor.endYield(step);
  return { state: step.state, effects: step.effects };
}

function apply(step: Step, event: TurnEvent): void {
  switch (event.type) {
    case 'onset':
      return speakers.onOnset(step, event.speakerId);
    case 'speechStarted':
      return speakers.onSpeechStarted(step, event.speakerId, event.startedMs);
    case 'voiced':
      return speakers.onVoiced(step, event.speakerId, event.voicedMs);
    case 'talkEnded':
      return speakers.onTalkEnded(step, event.speakerId);
    case 'interim':
      return speakers.onInterim(step, event.speakerId, event.text, event.completeness);
    case 'final':
      return speakers.onFinal(step, event.speakerId, event.text, event.completeness);
    case 'recogniserFailed':
      return speakers.onRecogniserFailed(step, event.speakerId, event.code);
    case 'people':
      step.state = { ...step.state, people: event.people };
      return;
    case 'recalled':
      return recall(step, event.speakerId, event);
    case 'forget':
      return setRhythm(step, event.speakerId, null);
    case 'gone':
      floor.vacateFloor(step, event.speakerId);
      return speakers.forgetSpeaker(step, event.speakerId);
    case 'spoken':
      return floor.onSpoken(step, event.turnId, event.text);
    case 'draftFailed':
      return onDraftFailed(step, event.draftId);
    case 'answerStarted':
      return floor.onAnswerStarted(step, event.turnId);
    case 'answerAudible':
      return floor.onAnswerAudible(step, event.turnId, event.audibleMs ?? event.atMs);
    case 'answerDone':
      return floor.onAnswerDone(step, event.turnId, goesOn(step));
    case 'answerFailed':
      return floor.onAnswerFailed(step, event.turnId, event.code);
    case 'noticeDone':
      return floor.onNoticeDone(step, event.turnId);
    case 'timer':
      return onTimer(step, event.key);
  }
}

function onTimer(step: Step, key: TimerKey): void {
  if (key === 'answer') return floor.onAnswerOverdue(step);
  if (key === 'notice') return floor.onNoticeOverdue(step);
  if (key === 'over') return onOverDue(step);
  if (key === 'yield') return floor.onYieldOverdue(step);
  const colon = key.indexOf(':');
  const subject = key.slice(colon + 1);
  if (key.startsWith('gate:')) return speakers.onGate(step, subject);
  if (key.startsWith('pause:')) return speakers.onPause(step, subject);
  if (key.startsWith('final:')) return speakers.onFinalOverdue(step, subject);
  return floor.onWaitOverdue(step, Number(subject));
}
