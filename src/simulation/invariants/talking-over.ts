/** How the agent behaves when the person it answers makes a sound. */
import { isBackchannel } from '../../turn/backchannel.ts';
import { isEcho } from '../../turn/echo.ts';
import type { TurnEffect, TurnEvent } from '../../turn/types.ts';
import type { Talk } from '../random-talk.ts';
import { FRAME_MS } from '../script.ts';
import type { Invariant } from './invariant.ts';

interface Answering {
  turnId: number;
  speakerId: string;
  audible: boolean;
  lowered: boolean;
  /** How often it was held back before it was audible. */
  holds: number;
  text: string;
}

/** Walks through events and effects together, with the answer that has the floor before each event. */
function walk(
  { room }: Talk,
  visit: (event: TurnEvent, effects: readonly TurnEffect[], answering: Answering | null) => void,
): void {
  const { events, effects } = room.recording;
  let answering = null as Answering | null;
  let next = 0;
  for (const [index, event] of events.entries()) {
    const own: TurnEffect[] = [];
    for (; next < effects.length && effects[next]!.event === index; next++) own.push(effects[next]!.effect);
    visit(event, own, answering);
    if (event.type === 'answerAudible' && answering?.turnId === event.turnId) answering.audible = true;
    if (event.type === 'spoken' && answering?.turnId === event.turnId) answering.text = event.text;
    for (const effect of own) {
      if (effect.type === 'openGate') {
        const { id: turnId, speakerId } = effect.turn;
        answering = { turnId, speakerId, audible: false, lowered: false, holds: 0, text: '' };
      }
      if (effect.type === 'turnEnded' && effect.end.turn.id === answering?.turnId) answering = null;
      if (effect.type === 'stopAnswer' && effect.turnId === answering?.turnId) answering = null;
      if (!answering) continue;
      if (effect.type === 'pauseAnswer' && !answering.audible) answering.holds += 1;
      if (effect.type === 'duckAnswer' || effect.type === 'pauseAnswer') answering.lowered = true;
      if (effect.type === 'unduckAnswer' || effect.type === 'resumeAnswer') answering.lowered = false;
    }
  }
}

export const lowersAtOnset: Invariant = {
  name: 'lowersAtOnset',
  meaning:
    'At a sound of the person it answers the agent lowers its voice at once, or holds back what is not yet heard, twice.',
  check(talk) {
    const broken: string[] = [];
    walk(talk, (event, effects, answering) => {
      if (event.type !== 'onset' || event.speakerId !== answering?.speakerId || answering.lowered) return;
      if (!answering.audible && answering.holds >= talk.turn.holdsMax) return;
      const lowered = effects.some(
        ({ type }) => type === 'duckAnswer' || type === 'pauseAnswer' || type === 'stopAnswer',
      );
      if (!lowered) broken.push(`${event.atMs}: turn ${answering.turnId} plays on, loud`);
    });
    return broken;
  },
};

export const pausesForSpeech: Invariant = {
  name: 'pausesForSpeech',
  meaning: 'The agent does not speak on while the person it answers has been speaking for a while.',
  check(talk) {
    const broken: string[] = [];
    const stretches = new Map<string, { fromMs: number; toMs: number }>();
    walk(talk, (event, effects, answering) => {
      if (event.type !== 'voiced') return;
      const { speakerId, voicedMs } = event;
      const stretch = stretches.get(speakerId);
      const goesOn = stretch && voicedMs - stretch.toMs <= HOLE_MS;
      const now = { fromMs: goesOn ? stretch.fromMs : voicedMs, toMs: voicedMs };
      stretches.set(speakerId, now);
      if (answering?.speakerId !== speakerId || !answering.audible) return;
      if (now.toMs - now.fromMs < talk.turn.overPauseMs + HOLE_MS) return;
      const draft = talk.room.recording.drafts.find((one) => one.turnId === answering.turnId);
      const audibleMs = draft?.marks.firstAudibleOut ?? Number.POSITIVE_INFINITY;
      if (now.toMs - audibleMs < talk.turn.overPauseMs + HOLE_MS + SETTLE_MS) return;
      if (effects.some(({ type }) => type === 'stopAnswer' || type === 'pauseAnswer')) return;
      const sounding = draft?.speech.runs.some(
        ({ firstMs, count }) => firstMs < event.atMs && firstMs + count * FRAME_MS > event.atMs + FRAME_MS,
      );
      if (sounding) broken.push(`${event.atMs}: turn ${answering.turnId} plays on since ${now.fromMs}`);
    });
    return broken;
  },
};

/** A stretch of speech in which no more is missing than packets may be lost. */
const HOLE_MS = 60;
/** From the audible frame until the engine knows of it. */
const SETTLE_MS = 60;

export const givesWayToWords: Invariant = {
  name: 'givesWayToWords',
  meaning:
    'Final words of the person it answers, that are neither a mere "mhm" nor its own echo, end the answer.',
  check(talk) {
    const broken: string[] = [];
    /** Commits of each speaker that are not answered yet: other finals are none of the engine's business. */
    const asked = new Map<string, number>();
    /** Final words of each speaker since a turn of theirs was answered: "uh" and "huh" make one "uh huh". */
    const words = new Map<string, string>();
    walk(talk, (event, effects, answering) => {
      if (event.type === 'final') {
        const { speakerId, text, atMs } = event;
        const open = asked.get(speakerId) ?? 0;
        asked.set(speakerId, Math.max(0, open - 1));
        const all = [words.get(speakerId) ?? '', text].join(' ').trim();
        words.set(speakerId, all);
        const over = open > 0 && text && answering?.audible && answering.speakerId === speakerId;
        if (over && !effects.some(({ type }) => type === 'stopAnswer')) {
          const mere = [text, all].some(
            (said) => isBackchannel(said, talk.turn.language) || isEcho(said, answering.text),
          );
          if (!mere) broken.push(`${atMs}: turn ${answering.turnId} plays on after "${text}"`);
        }
      }
      if (event.type === 'recogniserFailed' || event.type === 'gone') asked.set(event.speakerId, 0);
      for (const effect of effects) {
        if (effect.type === 'commit') asked.set(effect.speakerId, (asked.get(effect.speakerId) ?? 0) + 1);
        if (effect.type === 'resetRecogniser') asked.set(effect.speakerId, 0);
        if (effect.type === 'openGate') words.delete(effect.turn.speakerId);
      }
    });
    return broken;
  },
};

export const speaksUpAgain: Invariant = {
  name: 'speaksUpAgain',
  meaning: 'A lowered or paused answer is soon raised or resumed, or over: none goes on in a whisper.',
  check({ room, turn: { finalDueMs, overMaxMs, overSilenceMs } }) {
    const broken: string[] = [];
    const longestMs = overMaxMs + overSilenceMs + finalDueMs + LATE_MS;
    const lowered = new Map<number, { type: string; atMs: number }>();
    const undo = (turnId: number, atMs: number) => {
      const since = lowered.get(turnId);
      if (since && atMs - since.atMs > longestMs)
        broken.push(`${since.atMs}: turn ${turnId} is lowered until ${atMs}`);
      lowered.delete(turnId);
    };
    for (const { atMs, effect } of room.recording.effects) {
      if (effect.type === 'duckAnswer' || effect.type === 'pauseAnswer') {
        const { atMs: sinceMs } = lowered.get(effect.turnId) ?? { atMs };
        lowered.set(effect.turnId, { type: effect.type, atMs: sinceMs });
      }
      if (effect.type === 'unduckAnswer' || effect.type === 'resumeAnswer') {
        const wanted = effect.type === 'unduckAnswer' ? 'duckAnswer' : 'pauseAnswer';
        const is = lowered.get(effect.turnId)?.type;
        if (is !== wanted) broken.push(`${atMs}: ${effect.type} of turn ${effect.turnId} after ${is}`);
      }
      if (LIFTS.has(effect.type) && 'turnId' in effect) undo(effect.turnId, atMs);
      if (effect.type === 'turnEnded') undo(effect.end.turn.id, atMs);
    }
    for (const [turnId, { type, atMs }] of lowered)
      broken.push(`${atMs}: ${type} of turn ${turnId} is never undone`);
    return broken;
  },
};

const LIFTS = new Set(['unduckAnswer', 'resumeAnswer', 'stopAnswer']);
/** Timers fire late, and more than one of them may be in it. */
const LATE_MS = 500;
