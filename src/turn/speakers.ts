/** One speaker's side of turn-taking: from first sound, over the gate, to the final words. */
import { askForWords } from './commit.ts';
import { cancelDrafts, considerDraft } from './drafts.ts';
import { deferToSpeaker, turnUnderWay, unanswered } from './floor.ts';
import { gateDueMs } from './gate.ts';
import {
  isEchoAmongWords,
  nothingOver,
  onFinalOver,
  onSoundOver,
  onVoicedOver,
  onWordsOver,
} from './over.ts';
import { learnPause, learnRelease } from './rhythm.ts';
import { complete, dismiss, dropSpeaker, giveUp, refuse, turnOf } from './settling.ts';
import { clearTimer, type Step, setSpeaker, setTimer, withEntry } from './step.ts';
import type { SpeakerState, Utterance } from './types.ts';
import { completenessOf, joinWords, wordsOf } from './utterance-text.ts';
import { freshUtterance, takenBack, utteranceOf } from './utterances.ts';

type Speaking = Extract<SpeakerState, { phase: 'speaking' }>;
type Committing = Extract<SpeakerState, { phase: 'committing' }>;
type Hint = Parameters<typeof completenessOf>[1];

export function onOnset(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker) setSpeaker(step, speakerId, { ...speaker, onsetMs: step.atMs });
  onSoundOver(step, speakerId);
}

export function onSpeechStarted(step: Step, speakerId: string, startedMs: number): void {
  const speaker = step.state.speakers.get(speakerId);
  // Speech is confirmed late, and its voiced frames are only about to be told: no pause is due yet.
  if (speaker?.phase === 'speaking') return onVoiced(step, speakerId, startedMs, step.atMs);
  if (speaker?.phase === 'committing') {
    clearTimer(step, `final:${speakerId}`);
    learnPause(step, speakerId, startedMs - speaker.lastVoicedMs, speaker.completeness);
    return startSpeaking(step, speakerId, speaker, startedMs);
  }
  const taken = deferToSpeaker(step, speakerId);
  if (!taken) {
    startSpeaking(step, speakerId, freshUtterance(startedMs), startedMs);
    return onVoicedOver(step, speakerId, startedMs);
  }
  const said = takenBack(taken, step.options);
  learnPause(step, speakerId, startedMs - taken.lastVoicedMs, said.completeness);
  startSpeaking(step, speakerId, said, startedMs);
}

function startSpeaking(step: Step, speakerId: string, utterance: Utterance, voicedMs: number): void {
  const { words, interim, fault, drafts, awaiting, sttFinalMs, completeness } = utterance;
  const { startedMs, interimMs, modelCalls } = utterance;
  const said = { startedMs, words, interim, interimMs, completeness, awaiting, sttFinalMs, fault, drafts };
  const unheard = {
    uncommitted: true,
    hinted: false,
    onsetMs: null,
    talkEndedMs: null,
    pauseDetectedMs: null,
  };
  const since = { lastVoicedMs: voicedMs, ...unheard, modelCalls };
  // As for any speech that is confirmed.
  const pauseArmedMs = step.atMs + step.options.draftPauseMs;
  setTimer(step, `pause:${speakerId}`, pauseArmedMs);
  keepSpeaking(step, speakerId, {
    ...{ phase: 'speaking', ...said, ...since, resumedMs: null },
    ...{ armedMs: Number.POSITIVE_INFINITY, pauseArmedMs },
  });
}

/** Stores the speaker, with the gate's timer set when it must fire earlier than it is. */
function keepSpeaking(step: Step, speakerId: string, speaker: Speaking): void {
  const dueMs = gateOf(step, speakerId, speaker);
  const armedMs = Math.min(speaker.armedMs, dueMs);
  if (armedMs !== speaker.armedMs) setTimer(step, `gate:${speakerId}`, armedMs);
  setSpeaker(step, speakerId, { ...speaker, armedMs });
}

/** @param quietFromMs when at the earliest a pause may have begun. */
export function onVoiced(step: Step, speakerId: string, voicedMs: number, quietFromMs = voicedMs): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase !== 'speaking') return onSpeechStarted(step, speakerId, voicedMs);
  const lastVoicedMs = Math.max(speaker.lastVoicedMs, voicedMs);
  if (lastVoicedMs - speaker.startedMs >= step.options.utteranceMaxMs)
    return giveUp(step, speakerId, speaker);
  const silenceMs = lastVoicedMs - speaker.lastVoicedMs;
  learnPause(step, speakerId, silenceMs, speaker.completeness);
  const { draftPauseMs, draftResumeMs } = step.options;
  const resumedMs = speaker.drafts.length > 0 ? (speaker.resumedMs ?? lastVoicedMs) : null;
  const goesOn = resumedMs !== null && lastVoicedMs - resumedMs >= draftResumeMs;
  const drafts = goesOn ? cancelDrafts(step, speakerId, speaker.drafts) : speaker.drafts;
  const onsetMs = speaker.onsetMs !== null && speaker.onsetMs > lastVoicedMs ? speaker.onsetMs : null;
  const heard = { lastVoicedMs, resumedMs, drafts, onsetMs, uncommitted: true, talkEndedMs: null };
  const pauseDetectedMs = silenceMs > 0 ? null : speaker.pauseDetectedMs;
  // The timer may still stand where a pause before this one would have come of age.
  const pauseArmedMs = Math.min(speaker.pauseArmedMs, Math.max(quietFromMs, lastVoicedMs) + draftPauseMs);
  if (pauseArmedMs !== speaker.pauseArmedMs) setTimer(step, `pause:${speakerId}`, pauseArmedMs);
  keepSpeaking(step, speakerId, { ...speaker, ...heard, pauseDetectedMs, pauseArmedMs });
  onVoicedOver(step, speakerId, lastVoicedMs);
}

export function onTalkEnded(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase !== 'speaking') {
    // A voice gate closes when the turn has long ended.
    const said = speaker ?? turnUnderWay(step, speakerId);
    const trailingMs = step.atMs - (said?.lastVoicedMs ?? Number.NEGATIVE_INFINITY);
    if (trailingMs <= step.options.rhythmMaxMs) learnRelease(step, speakerId, trailingMs);
    return;
  }
  if (speaker.talkEndedMs !== null) return;
  learnRelease(step, speakerId, step.atMs - speaker.lastVoicedMs);
  keepSpeaking(step, speakerId, { ...speaker, talkEndedMs: step.atMs });
}

export function onInterim(step: Step, speakerId: string, text: string, hint: Hint): void {
  const speaker = step.state.speakers.get(speakerId);
  if (!speaker) return;
  // All that was said is final already: it comes too late.
  if (speaker.awaiting === 0 && !speaker.uncommitted) return;
  const completeness = completenessOf(joinWords(speaker.words, text), hint, step.options);
  const hinted = hint === 'complete';
  const heard = { ...speaker, interim: text, interimMs: step.atMs, completeness, hinted };
  if (heard.phase === 'speaking') keepSpeaking(step, speakerId, heard);
  else setSpeaker(step, speakerId, heard);
  onWordsOver(step, speakerId, wordsOf(heard));
  considerDraft(step, speakerId);
}

/** The pause timer: what is to be done at this length of silence, and when to look again. */
export function onPause(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase !== 'speaking') return;
  const { draftPauseMs, draftUnsettledMs, pauseCommitMs, draftIncompleteMs, earlyCommit } = step.options;
  // Sums made as the timer's were: their differences are off by rounding.
  const passed = (stageMs: number) => step.atMs >= speaker.lastVoicedMs + stageMs;
  const stages = earlyCommit
    ? [draftPauseMs, pauseCommitMs, draftIncompleteMs]
    : [draftPauseMs, draftUnsettledMs, draftIncompleteMs];
  const next = stages.find((stageMs) => !passed(stageMs));
  const pauseArmedMs = next === undefined ? Number.POSITIVE_INFINITY : speaker.lastVoicedMs + next;
  if (next !== undefined) setTimer(step, `pause:${speakerId}`, pauseArmedMs);
  const paused = passed(draftPauseMs);
  const pauseDetectedMs = paused ? (speaker.pauseDetectedMs ?? step.atMs) : speaker.pauseDetectedMs;
  setSpeaker(step, speakerId, { ...speaker, pauseArmedMs, pauseDetectedMs });
  if (!paused) return;
  if (earlyCommit && passed(pauseCommitMs)) askForWords(step, speakerId);
  considerDraft(step, speakerId);
}

/** The gate's timer fired: the turn ends, unless more was heard since the timer was set. */
export function onGate(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase !== 'speaking') return;
  const dueMs = gateOf(step, speakerId, speaker);
  if (dueMs > step.atMs) {
    setTimer(step, `gate:${speakerId}`, dueMs);
    return setSpeaker(step, speakerId, { ...speaker, armedMs: dueMs });
  }
  clearTimer(step, `pause:${speakerId}`);
  if (speaker.fault) {
    step.effects.push({ type: 'resetRecogniser', speakerId });
    return refuse(step, speakerId, speaker, step.atMs, speaker.fault);
  }
  askForWords(step, speakerId);
  const said = step.state.speakers.get(speakerId)!;
  const ended = { ...utteranceOf(said), phase: 'committing' as const, endOfTurnMs: step.atMs };
  setSpeaker(step, speakerId, ended);
  if (ended.awaiting === 0) return complete(step, speakerId, ended);
  setTimer(step, `final:${speakerId}`, step.atMs + step.options.finalDueMs);
}

export function onFinal(step: Step, speakerId: string, text: string, hint: Hint): void {
  const speaker = step.state.speakers.get(speakerId);
  if (!speaker || speaker.awaiting === 0) return;
  const echo = speaker.words !== '' && isEchoAmongWords(step, { words: text, startedMs: speaker.startedMs });
  const words = echo ? speaker.words : joinWords(speaker.words, text);
  const awaiting = speaker.awaiting - 1;
  const completeness = completenessOf(words, hint ?? keptHint(speaker, words, step), step.options);
  const heard = {
    ...{ ...speaker, words, interim: '', awaiting, completeness },
    ...{ hinted: hint === 'complete', sttFinalMs: step.atMs },
  };
  onFinalOver(step, speakerId, words);
  const nothing = awaiting === 0 && !heard.uncommitted ? nothingOver(step, speakerId, words) : null;
  if (nothing) {
    dismiss(step, speakerId, nothing);
    return dropSpeaker(step, speakerId);
  }
  if (heard.phase === 'committing' && awaiting === 0) {
    clearTimer(step, `final:${speakerId}`);
    if (!reopen(step, speakerId, heard)) complete(step, speakerId, heard);
    return;
  }
  if (heard.phase === 'committing') return setSpeaker(step, speakerId, heard);
  keepSpeaking(step, speakerId, heard);
  considerDraft(step, speakerId);
}

/** A final that says what the interim said keeps what was known of its completeness. */
const keptHint = (speaker: SpeakerState, words: string, step: Step): Hint =>
  completenessOf(words, undefined, step.options) === 'wait' || wordsOf(speaker) !== words
    ? undefined
    : speaker.completeness;

/** These words, or a sound since, ask for longer than the gate was: it is not the end of the turn yet. */
function reopen(step: Step, speakerId: string, { endOfTurnMs: _, ...said }: Committing): boolean {
  if (said.words === '') return false;
  const never = { armedMs: Number.POSITIVE_INFINITY, pauseArmedMs: Number.POSITIVE_INFINITY };
  const speaker: Speaking = { ...said, phase: 'speaking', resumedMs: null, ...never };
  if (gateOf(step, speakerId, speaker) <= step.atMs) return false;
  keepSpeaking(step, speakerId, speaker);
  // Whatever else was due in this pause is looked at now.
  onPause(step, speakerId);
  return true;
}

/** The words never came. Those that looked complete before are taken for them. */
export function onFinalOverdue(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase !== 'committing') return;
  step.effects.push({ type: 'resetRecogniser', speakerId });
  const known = speaker.awaiting === 1 && speaker.completeness === 'complete' && wordsOf(speaker);
  if (!known) {
    return refuse(step, speakerId, speaker, speaker.endOfTurnMs, 'STT_TIMEOUT');
  }
  complete(step, speakerId, { ...speaker, words: wordsOf(speaker), interim: '', sttFinalMs: null });
}

export function onRecogniserFailed(step: Step, speakerId: string, code: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (!speaker) return;
  if (speaker.phase === 'speaking') {
    const drafts = cancelDrafts(step, speakerId, speaker.drafts);
    setSpeaker(step, speakerId, { ...speaker, awaiting: 0, fault: code, drafts });
    // No final words will come to decide whether an answer goes on: those so far do.
    return onFinalOver(step, speakerId, wordsOf(speaker));
  }
  clearTimer(step, `final:${speakerId}`);
  refuse(step, speakerId, speaker, speaker.endOfTurnMs, code);
}

export function forgetSpeaker(step: Step, speakerId: string): void {
  step.state = { ...step.state, dialogues: withEntry(step.state.dialogues, speakerId, null) };
  const speaker = step.state.speakers.get(speakerId);
  dropSpeaker(step, speakerId);
  if (speaker?.phase === 'committing') {
    unanswered(step, turnOf(step, speakerId, speaker, speaker.endOfTurnMs), 'SPEAKER_LEFT');
  }
}

function gateOf(step: Step, speakerId: string, speaker: Speaking): number {
  const rhythm = step.state.rhythms.get(speakerId) ?? null;
  return gateDueMs({ ...speaker, rhythm }, step.options);
}
