/** Talking over the answer: it ducks at a sound, pauses for speech, and then goes on or gives way. */
import { isBackchannel } from './backchannel.ts';
import { askForWords } from './commit.ts';
import { isEcho } from './echo.ts';
import { endAnswer, playedSoFar } from './floor.ts';
import { learnPause } from './rhythm.ts';
import { clearTimer, type Step, setFloor, setTimer } from './step.ts';
import { isStop } from './stop-words.ts';
import type { Dismissal, FloorState, TalkedOver } from './types.ts';
import { completenessOf, wordsOf } from './utterance-text.ts';

type Answering = Extract<FloorState, { phase: 'answering' }>;

/** A sound of the person who is being answered: their own answer ducks, or is held back while nothing of it was heard. */
export function onSoundOver(step: Step, speakerId: string): void {
  const floor = answeringTo(step, speakerId);
  if (!floor || floor.over) return;
  const { duckConfirmMs, onsetGraceMs, holdsMax } = step.options;
  const turnId = floor.turn.id;
  const heard = floor.audibleMs !== null;
  if (!heard && floor.holds >= holdsMax) return;
  step.effects.push({ type: heard ? 'duckAnswer' : 'pauseAnswer', turnId });
  const over: TalkedOver = {
    ...{ phase: heard ? 'ducked' : 'held', sinceMs: step.atMs },
    ...{ startedMs: null, lastVoicedMs: step.atMs, pausedMs: null, askedMs: null },
  };
  setFloor(step, { ...floor, over, holds: floor.holds + (heard ? 0 : 1) });
  setTimer(step, 'over', step.atMs + (heard ? duckConfirmMs : onsetGraceMs));
}

/** Confirmed speech of the person who is being answered. */
export function onVoicedOver(step: Step, speakerId: string, voicedMs: number): void {
  const floor = answeringTo(step, speakerId);
  if (!floor || floor.audibleMs === null) return;
  if (!floor.over) onSoundOver(step, speakerId);
  const { over, ...rest } = answeringTo(step, speakerId)!;
  if (!over) return;
  const { options } = step;
  const startedMs = over.startedMs ?? voicedMs;
  // Words that were asked for before do not decide about these.
  if (over.askedMs !== null) setTimer(step, 'over', voicedMs + options.overSilenceMs);
  const voiced = { ...over, startedMs, lastVoicedMs: voicedMs, askedMs: null };
  if (voicedMs - startedMs >= options.overMaxMs) return giveWay(step, startedMs);
  if (over.phase === 'paused' || voicedMs - startedMs < options.overPauseMs) {
    return setFloor(step, { ...rest, over: voiced });
  }
  step.effects.push({ type: 'pauseAnswer', turnId: rest.turn.id });
  setFloor(step, { ...rest, over: { ...voiced, phase: 'paused', pausedMs: step.atMs } });
  setTimer(step, 'over', voicedMs + options.overSilenceMs);
  const speaker = step.state.speakers.get(speakerId);
  if (speaker) onWordsOver(step, speakerId, wordsOf(speaker));
}

/** Words so far of somebody for whom the answer has paused. */
export function onWordsOver(step: Step, speakerId: string, text: string): void {
  const floor = answeringTo(step, speakerId);
  if (floor?.over?.phase !== 'paused' || !interrupts(step, text)) return;
  if (text.split(/\s+/).length < step.options.overInterimWords) return;
  giveWay(step, floor.over.startedMs ?? step.atMs);
}

/** Final words of the person who is being answered end the answer, however short they were. */
export function onFinalOver(step: Step, speakerId: string, text: string): void {
  const floor = answeringTo(step, speakerId);
  if (floor && interrupts(step, text)) giveWay(step, floor.over?.startedMs ?? step.atMs);
}

/** The final words of somebody for whom the answer has paused, when they did not end it: it goes on. */
export function nothingOver(step: Step, speakerId: string, text: string): Dismissal | null {
  if (answeringTo(step, speakerId)?.over?.phase !== 'paused') return null;
  undo(step);
  return noInterruption(step, text);
}

/**
 * The final words of anybody: an audible answer to them gives way, and to words of others only when these ask for
 * silence. Null when they are a turn, else why they are none; so is a request for silence that has been met.
 */
export function settleOver(
  step: Step,
  speakerId: string,
  said: { words: string; startedMs: number },
): Dismissal | null {
  const { floor } = step.state;
  const echo = echoesLast(step, said) ? 'echo' : null;
  const stop = isStop(said.words, step.options) ? 'stop' : null;
  if (floor.phase === 'free' && floor.yieldedTo === speakerId) return echo ?? stop;
  if (floor.phase !== 'answering' || floor.audibleMs === null) return echo;
  const own = floor.turn.speakerId === speakerId;
  const nothing = echo ?? noInterruption(step, said.words);
  if (nothing) {
    if (own) undo(step);
    return nothing;
  }
  if (own) giveWay(step, said.startedMs);
  else if (stop) hush(step);
  return stop;
}

/** The `over` timer: was it a sound only, has it gone quiet, or does it go on and on? */
export function onOverDue(step: Step): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || !floor.over) return;
  const { phase, startedMs, lastVoicedMs, askedMs } = floor.over;
  const { duckConfirmMs, overSilenceMs, finalDueMs } = step.options;
  if (startedMs === null) return undo(step);
  const quietMs = lastVoicedMs + (phase === 'paused' ? overSilenceMs : duckConfirmMs);
  if (quietMs > step.atMs) return setTimer(step, 'over', quietMs);
  const { speakerId } = floor.turn;
  const speaker = step.state.speakers.get(speakerId);
  if (phase === 'ducked' || askedMs !== null || !speaker || !wordsOf(speaker)) return undo(step);
  // Words, but hardly any: the final ones tell whether they are an interruption.
  askForWords(step, speakerId);
  setFloor(step, { ...floor, over: { ...floor.over, askedMs: step.atMs } });
  setTimer(step, 'over', step.atMs + finalDueMs);
}

/** The answer goes on as if nothing had been. */
function undo(step: Step): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || !floor.over) return;
  const turnId = floor.turn.id;
  const ducked = floor.over.phase === 'ducked';
  step.effects.push({ type: ducked ? 'unduckAnswer' : 'resumeAnswer', turnId });
  clearTimer(step, 'over');
  const { pausedMs } = floor.over;
  const falseBargeIns = floor.falseBargeIns + (pausedMs === null ? 0 : 1);
  const silentMs = floor.silentMs + (pausedMs === null ? 0 : step.atMs - pausedMs);
  setFloor(step, { ...floor, over: null, falseBargeIns, silentMs });
}

function giveWay(step: Step, startedMs: number): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering' || floor.audibleMs === null) return;
  const { id, speakerId, lastVoicedMs, text } = floor.turn;
  // It may have gone on in between: what counts is when the speaker began.
  const beganMs = Math.min(startedMs, step.state.speakers.get(speakerId)?.startedMs ?? startedMs);
  const falseCutoff = beganMs - floor.audibleMs <= step.options.cutoffProxyMs;
  if (falseCutoff) {
    learnPause(step, speakerId, beganMs - lastVoicedMs, completenessOf(text, undefined, step.options));
  }
  step.effects.push({ type: 'stopAnswer', turnId: id });
  endAnswer(step, { falseCutoff, bargedIn: true });
}

/** Somebody else than who is being answered wants quiet. */
function hush(step: Step): void {
  const { floor } = step.state;
  if (floor.phase !== 'answering') return;
  step.effects.push({ type: 'stopAnswer', turnId: floor.turn.id });
  endAnswer(step, { falseCutoff: false, bargedIn: true });
}

/** Whether the one who is being answered has gone on as soon as that was heard, with words. */
export function goesOn(step: Step): boolean {
  const { floor, speakers } = step.state;
  if (floor.phase !== 'answering' || floor.audibleMs === null) return false;
  const speaker = speakers.get(floor.turn.speakerId);
  if (!speaker || speaker.startedMs - floor.audibleMs > step.options.cutoffProxyMs) return false;
  return interrupts(step, wordsOf(speaker));
}

const interrupts = (step: Step, text: string): boolean => noInterruption(step, text) === null;

/** Why these words over the answer do not stop it; null when they do. */
function noInterruption(step: Step, text: string): Dismissal | null {
  if (text === '') return 'noWords';
  const played = playedSoFar(step);
  // "Yes" to a question is no mere sign of listening.
  if (isBackchannel(text, step.options.language) && !asks(played)) return 'backchannel';
  return isEcho(text, played) ? 'echo' : null;
}

const asks = (text: string): boolean => /\?["')\]]*$/.test(text);

/** Words of the agent's last answer, or of the notice that it says. */
function echoesLast(step: Step, said: { words: string; startedMs: number }): boolean {
  const { floor, spoken } = step.state;
  const { echoTailMs, echoReplyTailMs } = step.options;
  const late = said.startedMs > spoken.untilMs + (asks(spoken.text) ? echoReplyTailMs : echoTailMs);
  const notice = floor.phase === 'noticing' ? floor.saying : '';
  return (!late && isEcho(said.words, spoken.text)) || isEcho(said.words, notice);
}

/** Whether words that follow others are the agent's own, leaking back: then they add nothing. */
export function isEchoAmongWords(step: Step, said: { words: string; startedMs: number }): boolean {
  if (said.words.split(/\s+/).length < step.options.echoAloneWords) return false;
  return isEcho(said.words, playedSoFar(step)) || echoesLast(step, said);
}

function answeringTo(step: Step, speakerId: string): Answering | null {
  const { floor } = step.state;
  return floor.phase === 'answering' && floor.turn.speakerId === speakerId ? floor : null;
}
