/** What comes of speech that is over: a turn for the floor, talk between people, or nothing. */
import { isMeantForAgent } from './audience.ts';
import { cancelAllDrafts, cancelDrafts, takeDraft } from './drafts.ts';
import { requestFloor, unanswered } from './floor.ts';
import { settleOver } from './over.ts';
import { clearTimer, type Step, setSpeaker } from './step.ts';
import type { Dismissal, SpeakerState, Turn, Utterance } from './types.ts';
import { wordsOf } from './utterance-text.ts';

type Committing = Extract<SpeakerState, { phase: 'committing' }>;

/** All words are there: they are a turn, unless they are none of the agent's business. */
export function complete(step: Step, speakerId: string, said: Committing): void {
  setSpeaker(step, speakerId, null);
  const voicedForMs = said.lastVoicedMs - said.startedMs;
  const noise = said.words === '' && voicedForMs < step.options.unclearMinMs;
  const nothing = settleOver(step, speakerId, said) ?? (noise ? 'noise' : null);
  if (nothing || !isMeantForAgent(step, speakerId, { ...said, text: said.words })) {
    cancelDrafts(step, speakerId, said.drafts);
    return nothing ? dismiss(step, speakerId, nothing) : overhear(step, speakerId, said.words);
  }
  const draft = takeDraft(step, speakerId, said);
  const turn = turnOf(step, speakerId, said, said.endOfTurnMs);
  const speculation = draft ? 'hit' : said.modelCalls > 0 ? 'miss' : 'off';
  requestFloor(step, { ...turn, speculation, interimUsedMs: draft?.interimMs ?? null }, { draft });
}

export function dismiss(step: Step, speakerId: string, why: Dismissal): void {
  step.effects.push({ type: 'dismissed', speakerId, why });
}

/** Talk between people. */
function overhear(step: Step, speakerId: string, text: string): void {
  // The drafts of others were made without these words.
  cancelAllDrafts(step);
  step.state = { ...step.state, lastTalk: { by: 'person', speakerId, atMs: step.atMs } };
  step.effects.push({ type: 'overheard', speakerId, text });
}

/** A turn whose words never came: it ends unanswered, with a notice when the floor is free. */
export function refuse(
  step: Step,
  speakerId: string,
  said: Utterance,
  endOfTurnMs: number,
  code: string,
): void {
  setSpeaker(step, speakerId, null);
  cancelDrafts(step, speakerId, said.drafts);
  const words = wordsOf(said);
  const settled = settleOver(step, speakerId, { ...said, words });
  // That no word was heard is the recogniser's fault, and says nothing of what was said; nor whom it was said to.
  if (settled && settled !== 'noWords') return dismiss(step, speakerId, settled);
  if (!words && said.lastVoicedMs - said.startedMs < step.options.unclearMinMs)
    return dismiss(step, speakerId, 'noise');
  if (!isMeantForAgent(step, speakerId, { ...said, text: words })) {
    return words ? overhear(step, speakerId, words) : dismiss(step, speakerId, 'aside');
  }
  requestFloor(step, turnOf(step, speakerId, said, endOfTurnMs), { fault: code });
}

/** It never ends: whoever it is, what comes from now on is heard anew. */
export function giveUp(step: Step, speakerId: string, said: Utterance): void {
  dropSpeaker(step, speakerId);
  step.effects.push({ type: 'resetRecogniser', speakerId });
  if (!isMeantForAgent(step, speakerId, { ...said, text: wordsOf(said) }))
    return dismiss(step, speakerId, 'tooLong');
  unanswered(step, turnOf(step, speakerId, said, step.atMs), 'TOO_LONG');
}

/** Nothing of what the speaker was saying is left. */
export function dropSpeaker(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (!speaker) return;
  clearTimer(step, `gate:${speakerId}`);
  clearTimer(step, `pause:${speakerId}`);
  clearTimer(step, `final:${speakerId}`);
  cancelDrafts(step, speakerId, speaker.drafts);
  setSpeaker(step, speakerId, null);
}

export function turnOf(step: Step, speakerId: string, said: Utterance, endOfTurnMs: number): Turn {
  const id = step.state.nextTurnId;
  step.state = { ...step.state, nextTurnId: id + 1 };
  const { words, startedMs, lastVoicedMs, sttFinalMs, pauseDetectedMs, modelCalls } = said;
  const instants = { speechStartedMs: startedMs, lastVoicedMs, pauseDetectedMs, endOfTurnMs, sttFinalMs };
  const speculation = modelCalls > 0 ? 'miss' : 'off';
  return { id, speakerId, text: words, ...instants, interimUsedMs: null, speculation, modelCalls };
}
