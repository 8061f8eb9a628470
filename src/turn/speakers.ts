/** One speaker's side of turn-taking: from first sound, over the gate, to a turn that wants the floor. */
import { deferToSpeaker, requestFloor, talkOver, unanswered } from './floor.ts';
import { gateDueMs } from './gate.ts';
import { clearTimer, type Step, setSpeaker, setTimer } from './step.ts';
import type { SpeakerState, Turn, Utterance } from './types.ts';

type Speaking = Extract<SpeakerState, { phase: 'speaking' }>;
type Committing = Extract<SpeakerState, { phase: 'committing' }>;

const joinWords = (a: string, b: string): string => (a && b ? `${a} ${b}` : a || b);

/** Stores the speaker, and sets the gate's timer when it must fire earlier than it is armed for. */
function keepSpeaking(
  step: Step,
  speakerId: string,
  speaker: Omit<Speaking, 'armedMs'>,
  armedMs: number,
): void {
  const dueMs = gateDueMs(speaker, step.options);
  const armed = Math.min(armedMs, dueMs);
  if (armed !== armedMs) setTimer(step, `gate:${speakerId}`, armed);
  setSpeaker(step, speakerId, { ...speaker, phase: 'speaking', armedMs: armed });
}

export function onOnset(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase !== 'speaking') return;
  setSpeaker(step, speakerId, { ...speaker, onsetMs: step.atMs });
}

export function onSpeechStarted(step: Step, speakerId: string, startedMs: number): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase === 'speaking') return;
  if (speaker?.phase === 'committing') {
    clearTimer(step, `final:${speakerId}`);
    return startSpeaking(step, speakerId, speaker, startedMs);
  }
  const taken = deferToSpeaker(step, speakerId);
  if (taken) {
    const words = taken.text;
    const { sttFinalMs } = taken;
    const resumed = { startedMs: taken.speechStartedMs, words, sttFinalMs, awaiting: 0, fault: null };
    return startSpeaking(step, speakerId, resumed, startedMs);
  }
  const fresh = { startedMs, words: '', sttFinalMs: null, awaiting: 0, fault: null };
  startSpeaking(step, speakerId, fresh, startedMs);
  talkOver(step, speakerId, startedMs, startedMs);
}

function startSpeaking(
  step: Step,
  speakerId: string,
  utterance: Omit<Utterance, 'lastVoicedMs'>,
  voicedMs: number,
): void {
  const { startedMs, words, awaiting, sttFinalMs, fault } = utterance;
  const said = { startedMs, words, awaiting, sttFinalMs, fault, lastVoicedMs: voicedMs };
  const heard = { ...said, onsetMs: null, interim: '', finished: false };
  keepSpeaking(step, speakerId, { phase: 'speaking', ...heard }, Number.POSITIVE_INFINITY);
}

export function onVoiced(step: Step, speakerId: string, voicedMs: number): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase !== 'speaking') return onSpeechStarted(step, speakerId, voicedMs);
  const lastVoicedMs = Math.max(speaker.lastVoicedMs, voicedMs);
  const onsetMs = speaker.onsetMs !== null && speaker.onsetMs > lastVoicedMs ? speaker.onsetMs : null;
  keepSpeaking(step, speakerId, { ...speaker, lastVoicedMs, onsetMs }, speaker.armedMs);
  talkOver(step, speakerId, null, lastVoicedMs);
}

export function onInterim(step: Step, speakerId: string, text: string, finished: boolean): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase !== 'speaking') return;
  keepSpeaking(step, speakerId, { ...speaker, interim: text, finished }, speaker.armedMs);
}

/** The gate's timer fired: the turn ends, unless more was heard since the timer was set. */
export function onGate(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase !== 'speaking') return;
  const dueMs = gateDueMs(speaker, step.options);
  if (dueMs > step.atMs) {
    setTimer(step, `gate:${speakerId}`, dueMs);
    return setSpeaker(step, speakerId, { ...speaker, armedMs: dueMs });
  }
  const { startedMs, lastVoicedMs, words, sttFinalMs, fault } = speaker;
  const said = { startedMs, lastVoicedMs, words, sttFinalMs, fault };
  if (fault) {
    step.effects.push({ type: 'resetRecogniser', speakerId });
    return refuse(step, speakerId, { ...said, awaiting: 0 }, step.atMs, fault);
  }
  setSpeaker(step, speakerId, {
    phase: 'committing',
    ...said,
    awaiting: speaker.awaiting + 1,
    endOfTurnMs: step.atMs,
  });
  setTimer(step, `final:${speakerId}`, step.atMs + step.options.finalDueMs);
  step.effects.push({ type: 'commit', speakerId });
}

export function onFinal(step: Step, speakerId: string, text: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (!speaker || speaker.awaiting === 0) return;
  const words = joinWords(speaker.words, text);
  const heard = { ...speaker, words, awaiting: speaker.awaiting - 1, sttFinalMs: step.atMs };
  if (heard.phase === 'speaking' || heard.awaiting > 0) return setSpeaker(step, speakerId, heard);
  clearTimer(step, `final:${speakerId}`);
  setSpeaker(step, speakerId, null);
  const voicedForMs = heard.lastVoicedMs - heard.startedMs;
  if (words === '' && voicedForMs < step.options.unclearMinMs) return;
  requestFloor(step, turnOf(step, speakerId, heard, heard.endOfTurnMs));
}

export function onFinalOverdue(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (speaker?.phase !== 'committing') return;
  step.effects.push({ type: 'resetRecogniser', speakerId });
  refuse(step, speakerId, speaker, speaker.endOfTurnMs, 'STT_TIMEOUT');
}

export function onRecogniserFailed(step: Step, speakerId: string, code: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (!speaker) return;
  if (speaker.phase === 'speaking') {
    return setSpeaker(step, speakerId, { ...speaker, awaiting: 0, fault: code });
  }
  clearTimer(step, `final:${speakerId}`);
  refuse(step, speakerId, speaker, speaker.endOfTurnMs, code);
}

export function forgetSpeaker(step: Step, speakerId: string): void {
  const speaker = step.state.speakers.get(speakerId);
  if (!speaker) return;
  clearTimer(step, `gate:${speakerId}`);
  clearTimer(step, `final:${speakerId}`);
  setSpeaker(step, speakerId, null);
  if (speaker.phase === 'committing') {
    unanswered(step, turnOf(step, speakerId, speaker, speaker.endOfTurnMs), 'SPEAKER_LEFT');
  }
}

/** A turn whose words never came: it ends unanswered, with a notice when the floor is free. */
function refuse(step: Step, speakerId: string, said: Utterance, endOfTurnMs: number, code: string): void {
  setSpeaker(step, speakerId, null);
  const turn = turnOf(step, speakerId, said, endOfTurnMs);
  requestFloor(step, turn, code);
}

function turnOf(step: Step, speakerId: string, said: Utterance | Committing, endOfTurnMs: number): Turn {
  const id = step.state.nextTurnId;
  step.state = { ...step.state, nextTurnId: id + 1 };
  const { words, startedMs, lastVoicedMs, sttFinalMs } = said;
  return { id, speakerId, text: words, speechStartedMs: startedMs, lastVoicedMs, endOfTurnMs, sttFinalMs };
}
