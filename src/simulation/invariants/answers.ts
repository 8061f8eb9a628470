/** What may be heard of an answer, and when. */
import type { TurnEffect } from '../../turn/types.ts';
import type { Draft } from '../draft.ts';
import type { Talk } from '../random-talk.ts';
import { FRAME_MS } from '../script.ts';
import { EXACT_MS, type Invariant } from './invariant.ts';

const lastFrameMs = ({ firstMs, count }: { firstMs: number; count: number }) =>
  firstMs + (count - 1) * FRAME_MS;

const answersOf = ({ room }: Talk): (Draft & { turnId: number })[] =>
  room.recording.drafts.filter((draft): draft is Draft & { turnId: number } => draft.turnId !== null);

export const oneAnswerATurn: Invariant = {
  name: 'oneAnswerATurn',
  meaning:
    'No turn gets two answers, no draft answers two turns, and no answer begins while another has the floor.',
  check({ room }) {
    const broken: string[] = [];
    const [turns, drafts] = [new Set<number>(), new Set<number>()];
    const cancelled = new Set<number>();
    let holder: number | null = null;
    for (const { atMs, effect } of room.recording.effects) {
      if (effect.type === 'openGate') {
        const { id } = effect.turn;
        if (turns.has(id)) broken.push(`${atMs}: turn ${id} is answered a second time`);
        if (drafts.has(effect.draftId)) broken.push(`${atMs}: draft ${effect.draftId} answers a second turn`);
        if (holder !== null)
          broken.push(`${atMs}: turn ${id} is answered while turn ${holder} has the floor`);
        turns.add(id);
        drafts.add(effect.draftId);
        holder = id;
      } else if (effect.type === 'cancelDraft') {
        cancelled.add(effect.draftId);
      } else if (effect.type === 'stopAnswer' && effect.turnId === holder) {
        holder = null;
      } else if (effect.type === 'turnEnded' && effect.end.turn.id === holder) {
        holder = null;
      }
    }
    return broken;
  },
};

export const nothingAfterStop: Invariant = {
  name: 'nothingAfterStop',
  meaning:
    'No frame of an answer leaves after it was stopped or its turn ended, and nothing is asked of it any more.',
  check(talk) {
    const broken: string[] = [];
    const over = new Map<number, number>();
    const asks = (effect: TurnEffect): number | null =>
      /^(?:un)?(?:duck|pause|resume)Answer$/.test(effect.type) && 'turnId' in effect ? effect.turnId : null;
    for (const { atMs, effect } of talk.room.recording.effects) {
      const asked = asks(effect);
      if (asked !== null && over.has(asked))
        broken.push(`${atMs}: ${effect.type} of turn ${asked}, which is over`);
      if (effect.type === 'stopAnswer' && !over.has(effect.turnId)) over.set(effect.turnId, atMs);
      if (effect.type === 'turnEnded' && !over.has(effect.end.turn.id)) over.set(effect.end.turn.id, atMs);
    }
    for (const { turnId, speech } of answersOf(talk)) {
      const overMs = over.get(turnId) ?? Number.POSITIVE_INFINITY;
      const late = speech.runs.find((run) => lastFrameMs(run) > overMs + EXACT_MS);
      if (late) broken.push(`${lastFrameMs(late)}: a frame of turn ${turnId}, which was over at ${overMs}`);
    }
    return broken;
  },
};

export const framesConsecutive: Invariant = {
  name: 'framesConsecutive',
  meaning:
    'The frames of an answer are heard one after the other: none is lost or doubled by a pause, none too early.',
  check(talk) {
    const broken: string[] = [];
    for (const { turnId, speech } of answersOf(talk)) {
      let next = 0;
      let freeMs = Number.NEGATIVE_INFINITY;
      for (const run of speech.runs) {
        const { fromFrame, firstMs, count } = run;
        if (fromFrame !== next)
          broken.push(`${firstMs}: frame ${fromFrame} of turn ${turnId} follows ${next - 1}`);
        if (firstMs < freeMs - EXACT_MS) broken.push(`${firstMs}: a frame of turn ${turnId} comes too early`);
        next = fromFrame + count;
        freeMs = lastFrameMs(run) + FRAME_MS;
      }
    }
    return broken;
  },
};

export const nothingBeforeGate: Invariant = {
  name: 'nothingBeforeGate',
  meaning: 'Nothing of an answer is heard before its gate opened, and no gate opens before the end of turn.',
  check(talk) {
    const broken: string[] = [];
    for (const { atMs, effect } of talk.room.recording.effects) {
      if (effect.type !== 'openGate') continue;
      const { id, endOfTurnMs, lastVoicedMs } = effect.turn;
      if (endOfTurnMs > atMs)
        broken.push(`${atMs}: the gate of turn ${id} opens before its end at ${endOfTurnMs}`);
      if (endOfTurnMs < lastVoicedMs) broken.push(`${endOfTurnMs}: turn ${id} ends before its last sound`);
    }
    for (const { options, gateMs, speech } of talk.room.recording.drafts) {
      const first = speech.runs[0];
      if (first && (gateMs === null || first.firstMs < gateMs - EXACT_MS)) {
        broken.push(`${first.firstMs}: draft ${options.id} is heard before its gate opened`);
      }
    }
    return broken;
  },
};

export const playedToItsEnd: Invariant = {
  name: 'playedToItsEnd',
  meaning:
    'An answer that is heard is played to its end, unless its speaker interrupts it or leaves, or it fails.',
  check({ room, turn: { answerMaxMs } }) {
    const { effects, events, turns } = room.recording;
    return effects.flatMap(({ atMs, event, effect }) => {
      if (effect.type !== 'stopAnswer') return [];
      const ended = turns.find(({ end }) => end.turn.id === effect.turnId);
      if (ended?.end.outcome !== 'answered' || ended.end.bargedIn) return [];
      const cause = events[event]!;
      if (cause.type === 'answerFailed' || cause.type === 'gone') return [];
      if (atMs >= (ended.marks.firstAudibleOut ?? atMs) + answerMaxMs - EXACT_MS) return [];
      return [`${atMs}: turn ${effect.turnId} is cut short without a cause`];
    });
  },
};

export const silentWhilePaused: Invariant = {
  name: 'silentWhilePaused',
  meaning: 'No frame of an answer leaves between its pause and its resumption, and no pause lasts for ever.',
  check(talk) {
    const broken: string[] = [];
    const { overMaxMs, overSilenceMs, finalDueMs } = talk.turn;
    const longestMs = overMaxMs + overSilenceMs + finalDueMs + LATE_MS;
    for (const { turnId, speech } of answersOf(talk)) {
      for (const { fromMs, toMs } of pausesOf(talk, turnId)) {
        if (toMs - fromMs > longestMs) broken.push(`${fromMs}: turn ${turnId} is paused until ${toMs}`);
        const run = speech.runs.find(
          (one) => one.firstMs < toMs - EXACT_MS && lastFrameMs(one) > fromMs + EXACT_MS,
        );
        if (run)
          broken.push(
            `${run.firstMs}: a frame of turn ${turnId} leaves in its pause from ${fromMs} to ${toMs}`,
          );
      }
    }
    return broken;
  },
};

/** Timers fire late, and more than one of them may be in a pause. */
const LATE_MS = 500;

function pausesOf({ room }: Talk, turnId: number): { fromMs: number; toMs: number }[] {
  const pauses: { fromMs: number; toMs: number }[] = [];
  let fromMs: number | null = null;
  for (const { atMs, effect } of room.recording.effects) {
    if (effect.type === 'pauseAnswer' && effect.turnId === turnId) fromMs ??= atMs;
    const ended =
      ((effect.type === 'resumeAnswer' || effect.type === 'stopAnswer') && effect.turnId === turnId) ||
      (effect.type === 'turnEnded' && effect.end.turn.id === turnId);
    if (!ended || fromMs === null) continue;
    pauses.push({ fromMs, toMs: atMs });
    fromMs = null;
  }
  if (fromMs !== null) pauses.push({ fromMs, toMs: Number.POSITIVE_INFINITY });
  return pauses;
}
