/** Work ahead of the end of turn stays within its bounds and leaves nothing open. */
import { heuristicJudge } from '../../turn/completeness.ts';
import { EXACT_MS, type Invariant } from './invariant.ts';

export const noStreamAfterTurn: Invariant = {
  name: 'noStreamAfterTurn',
  meaning: "A provider's stream is closed by the end of the turn it works for, and none is left in the end.",
  check({ room }) {
    const broken: string[] = [];
    for (const { options, fate, streams } of room.recording.drafts) {
      if (fate === null) broken.push(`draft ${options.id} is never used, cancelled or ended`);
      for (const { kind, closedMs } of streams) {
        if (closedMs === null) broken.push(`the ${kind}'s stream of draft ${options.id} is never closed`);
      }
    }
    for (const { end } of room.recording.turns) {
      const { speakerId, endOfTurnMs, id } = end.turn;
      for (const draft of room.recording.drafts) {
        const { options, startedMs, fateMs, turnId } = draft;
        if (options.of.speakerId !== speakerId || startedMs > endOfTurnMs) continue;
        if (turnId !== null && turnId !== id) continue;
        if (startedMs < end.turn.speechStartedMs) continue;
        if (fateMs === null || fateMs > end.atMs + EXACT_MS) {
          broken.push(`${end.atMs}: draft ${options.id} is alive after the end of turn ${id}`);
        }
      }
    }
    return broken;
  },
};

export const draftsBounded: Invariant = {
  name: 'draftsBounded',
  meaning: 'A speaker has two drafts alive at most, and a turn three before its gate opens.',
  check({ room, turn: { draftsAlive, draftsPerTurn } }) {
    const broken: string[] = [];
    const alive = new Map<number, string>();
    for (const { atMs, effect } of room.recording.effects) {
      if (effect.type === 'startDraft' && effect.speculative) {
        alive.set(effect.draftId, effect.speakerId);
        const theirs = [...alive.values()].filter((speakerId) => speakerId === effect.speakerId).length;
        if (theirs > draftsAlive) broken.push(`${atMs}: ${effect.speakerId} has ${theirs} drafts alive`);
      } else if (effect.type === 'cancelDraft' || effect.type === 'openGate') {
        alive.delete(effect.draftId);
      }
    }
    for (const { end } of room.recording.turns) {
      const { id, speakerId, speechStartedMs, endOfTurnMs } = end.turn;
      // Confirmed later than it began; drafts of the turn before may lie between.
      const confirmed = room.recording.events.find(
        (event) =>
          event.type === 'speechStarted' &&
          event.speakerId === speakerId &&
          event.startedMs === speechStartedMs,
      );
      const sinceMs = confirmed?.atMs ?? speechStartedMs;
      const begun = room.recording.drafts.filter(
        ({ options, startedMs }) =>
          options.speculative &&
          options.of.speakerId === speakerId &&
          startedMs >= sinceMs &&
          startedMs <= endOfTurnMs,
      );
      if (begun.length > draftsPerTurn) broken.push(`turn ${id}: ${begun.length} drafts before its end`);
    }
    return broken;
  },
};

export const noDraftForWait: Invariant = {
  name: 'noDraftForWait',
  meaning: 'Nothing is drafted for somebody who asks for time.',
  check({ room, turn: { language } }) {
    return room.recording.effects.flatMap(({ atMs, effect }) => {
      if (effect.type !== 'startDraft' || !effect.speculative) return [];
      const judged = heuristicJudge.judge(effect.text, language);
      return judged === 'wait' ? [`${atMs}: a draft for "${effect.text}"`] : [];
    });
  },
};

export const noDraftBehindOthers: Invariant = {
  name: 'noDraftBehindOthers',
  meaning:
    'Nothing is drafted while somebody is being answered: the draft would not know what is said meanwhile.',
  check({ room }) {
    const broken: string[] = [];
    let holder: number | null = null;
    for (const { atMs, effect } of room.recording.effects) {
      if (effect.type === 'openGate') holder = effect.turn.id;
      else if (effect.type === 'sayNotice') holder = effect.turnId;
      else if (effect.type === 'turnEnded' && effect.end.turn.id === holder) holder = null;
      else if (effect.type === 'stopAnswer' && effect.turnId === holder) holder = null;
      else if (effect.type === 'startDraft' && effect.speculative && holder !== null) {
        broken.push(`${atMs}: draft ${effect.draftId} is begun while turn ${holder} has the floor`);
      }
    }
    return broken;
  },
};

export const noDraftOutOfSilence: Invariant = {
  name: 'noDraftOutOfSilence',
  meaning: 'A draft is begun in a pause: never while its speaker is heard to speak.',
  check({ room, turn: { draftPauseMs } }) {
    const broken: string[] = [];
    const voiced = new Map<string, number>();
    let next = 0;
    const { events, effects } = room.recording;
    for (const { atMs, event, effect } of effects) {
      for (; next <= event; next++) {
        const told = events[next]!;
        if (told.type === 'voiced') voiced.set(told.speakerId, told.voicedMs);
      }
      if (effect.type !== 'startDraft' || !effect.speculative) continue;
      const silenceMs = atMs - (voiced.get(effect.speakerId) ?? 0);
      if (silenceMs < draftPauseMs)
        broken.push(`${atMs}: draft ${effect.draftId} after ${silenceMs} ms of silence`);
    }
    return broken;
  },
};

export const draftsEndWithTheirPause: Invariant = {
  name: 'draftsEndWithTheirPause',
  meaning: 'When the speaker goes on, what was drafted in the pause is cancelled.',
  check({ room, turn: { draftResumeMs } }) {
    const broken: string[] = [];
    const { events, effects } = room.recording;
    /** Drafts alive, and since when their speaker has been heard again without a pause. */
    const alive = new Map<number, { speakerId: string; resumedMs: number | null; lastMs: number }>();
    let next = 0;
    for (const [index, event] of events.entries()) {
      for (; next < effects.length && effects[next]!.event === index; next++) {
        const { effect } = effects[next]!;
        if (effect.type === 'startDraft' && effect.speculative) {
          // A draft begun after speech went on starts the count anew for those before it.
          for (const draft of alive.values())
            if (draft.speakerId === effect.speakerId) draft.resumedMs = null;
          alive.set(effect.draftId, { speakerId: effect.speakerId, resumedMs: null, lastMs: 0 });
        }
        if (effect.type === 'cancelDraft' || effect.type === 'openGate') alive.delete(effect.draftId);
      }
      if (event.type !== 'voiced') continue;
      for (const [id, draft] of alive) {
        if (draft.speakerId !== event.speakerId) continue;
        if (draft.resumedMs === null || event.voicedMs - draft.lastMs > HOLE_MS)
          draft.resumedMs = event.voicedMs;
        draft.lastMs = event.voicedMs;
        if (event.voicedMs - draft.resumedMs > draftResumeMs + HOLE_MS) {
          broken.push(
            `${event.atMs}: draft ${id} is alive though ${event.speakerId} goes on since ${draft.resumedMs}`,
          );
        }
      }
    }
    return broken;
  },
};

/** The frames of speech are told one by one, with holes where packets were lost. */
const HOLE_MS = 100;
