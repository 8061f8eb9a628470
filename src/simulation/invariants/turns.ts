/** Every word is accounted for, and every turn ends once, with an outcome that is true. */
import { isBackchannel } from '../../turn/backchannel.ts';
import { isEcho } from '../../turn/echo.ts';
import type { Turn } from '../../turn/types.ts';
import type { Talk } from '../random-talk.ts';
import { EXACT_MS, type Invariant } from './invariant.ts';

export const everyTurnEnds: Invariant = {
  name: 'everyTurnEnds',
  meaning:
    'As many turns end as begin, each once; one that was taken back goes on in a later one of its speaker.',
  check(talk) {
    const { room } = talk;
    const broken: string[] = [];
    const ended = new Set<number>();
    for (const { end } of room.recording.turns) {
      if (ended.has(end.turn.id)) broken.push(`${end.atMs}: turn ${end.turn.id} ends a second time`);
      ended.add(end.turn.id);
    }
    for (const { atMs, effect } of room.recording.effects) {
      if (effect.type !== 'openGate' || ended.has(effect.turn.id)) continue;
      const { id, text } = effect.turn;
      if (!isTakenOver(talk, effect.turn, atMs)) broken.push(`turn ${id} ("${text}") never ends`);
    }
    return broken;
  },
};

/**
 * The words went on in another turn, between people, or went with their speaker; or, once they were taken back, they
 * were said over an answer, and a mere "mhm" or its echo.
 */
function isTakenOver(
  { room, turn: { language } }: Talk,
  { id, speakerId, text }: Turn,
  fromMs: number,
): boolean {
  const { turns, effects, events, drafts, finals } = room.recording;
  const goesOn =
    turns.some(
      ({ end }) => end.turn.speakerId === speakerId && end.atMs >= fromMs && end.turn.text.startsWith(text),
    ) ||
    effects.some(({ effect }) => effect.type === 'overheard' && effect.text.startsWith(text)) ||
    events.some((event) => event.type === 'gone' && event.speakerId === speakerId && event.atMs >= fromMs);
  if (goesOn || isBackchannel(text, language)) return true;
  // No word of it was ever made out: over an answer that is nothing.
  if (text === '') return effects.some(({ effect }) => effect.type === 'stopAnswer' && effect.turnId === id);
  const later = finals.filter((final) => final.speakerId === speakerId && final.atMs >= fromMs);
  const wholes = [text, ...later.map((final) => `${text} ${final.text}`)];
  return drafts.some((draft) => wholes.some((whole) => isEcho(whole, draft.text)));
}

export const everyWordAccounted: Invariant = {
  name: 'everyWordAccounted',
  meaning:
    'What somebody said is in a turn or overheard, unless they left, or a turn says why the words never came.',
  check({ room }) {
    const { said, turns, effects, events, finals } = room.recording;
    const kept = [
      ...turns.map(({ end }) => end.turn.text),
      ...effects.flatMap(({ effect }) => (effect.type === 'overheard' ? [effect.text] : [])),
    ].join(' ');
    const words = new Set(kept.split(' '));
    const broken: string[] = [];
    for (const { speakerId, utterance, startMs, confirmedMs, cutShort } of said) {
      if (confirmedMs === null || cutShort) continue;
      for (const sound of utterance.sounds) {
        const own = sound.words.find((word) => OWN_WORD.test(word));
        if (own === undefined || words.has(own)) continue;
        if (
          events.some(
            (event) => event.type === 'gone' && event.speakerId === speakerId && event.atMs >= startMs,
          )
        )
          continue;
        const theirs = turns.filter(
          ({ end }) => end.turn.speakerId === speakerId && end.turn.endOfTurnMs >= startMs,
        );
        if (theirs.some(({ end }) => end.reason !== null)) continue;
        // The recogniser told other words, or none: then there is a turn without them, or no turn at all.
        const told = finals.find(
          (final) => final.speakerId === speakerId && final.text.split(' ').includes(own),
        );
        if (told) broken.push(`${told.atMs}: "${told.text}" of ${speakerId} is in no turn`);
      }
    }
    return broken;
  },
};

/** The one word of a phrase that no other phrase has. */
const OWN_WORD = /^word\d+$/;

export const outcomeIsTrue: Invariant = {
  name: 'outcomeIsTrue',
  meaning:
    'Answered means that the answer was heard; anything else has a reason, and what was heard as answer is kept.',
  check({ room }) {
    return room.recording.turns.flatMap(({ end, draft, marks, heard }) => {
      const { id } = end.turn;
      const broken: string[] = [];
      const answered = end.outcome === 'answered';
      if (answered !== (end.reason === null)) broken.push(`turn ${id}: ${end.outcome}, reason ${end.reason}`);
      if (answered !== (end.audible === 'answer'))
        broken.push(`turn ${id}: ${end.outcome}, audible ${end.audible}`);
      const audibleMs = draft?.marks.firstAudibleOut;
      if (answered && (audibleMs === undefined || audibleMs > end.atMs)) {
        broken.push(`turn ${id}: answered, but nothing was heard by ${end.atMs}`);
      }
      if (
        !answered &&
        audibleMs !== undefined &&
        audibleMs + KNOWN_WITHIN_MS < end.atMs &&
        draft?.turnId === id
      ) {
        broken.push(`turn ${id}: unanswered (${end.reason}), but its answer was heard at ${audibleMs}`);
      }
      if (marks.firstAudibleOut !== undefined && !answered)
        broken.push(`turn ${id}: an audible mark without an answer`);
      if (answered && heard !== (draft?.heard() ?? '')) {
        broken.push(`turn ${id}: history keeps "${heard}", but "${draft?.heard()}" was played`);
      }
      return broken;
    });
  },
};

/** It takes three frames to know that the first one was audible. */
const KNOWN_WITHIN_MS = 60;

export const nothingForWhoLeft: Invariant = {
  name: 'nothingForWhoLeft',
  meaning: 'When somebody leaves, or withdraws consent, their turns end at once.',
  check({ room }) {
    const { turns, events } = room.recording;
    return turns.flatMap(({ end }) => {
      const { id, speakerId, endOfTurnMs } = end.turn;
      const left = events.find(
        (event) =>
          event.type === 'gone' &&
          event.speakerId === speakerId &&
          event.atMs > endOfTurnMs &&
          event.atMs < end.atMs,
      );
      return left ? [`${left.atMs}: ${speakerId} is gone, but turn ${id} ends only at ${end.atMs}`] : [];
    });
  },
};

export const inTwoSeconds: Invariant = {
  name: 'inTwoSeconds',
  meaning: 'Two seconds after the end of turn, or after it got the floor, the answer is audible or given up.',
  check({ room, turn: { answerDueMs, answerGraceMs } }) {
    const broken: string[] = [];
    const { effects, turns, drafts } = room.recording;
    for (const { atMs, effect } of effects) {
      if (effect.type !== 'openGate') continue;
      const { id } = effect.turn;
      const draft = drafts.find((one) => one.turnId === id);
      const latestMs = atMs + answerDueMs + answerGraceMs + LATE_MS;
      const audibleMs = draft?.marks.firstAudibleOut ?? Number.POSITIVE_INFINITY;
      const overMs = draft?.fateMs ?? Number.POSITIVE_INFINITY;
      const endMs = turns.find(({ end }) => end.turn.id === id)?.end.atMs ?? Number.POSITIVE_INFINITY;
      const settledMs = Math.min(audibleMs, overMs, endMs);
      if (settledMs > latestMs + EXACT_MS)
        broken.push(`turn ${id}: has the floor at ${atMs}, nothing until ${settledMs}`);
    }
    return broken;
  },
};

/** Both timers of it may fire late. */
const LATE_MS = 350;

export const comesToRest: Invariant = {
  name: 'comesToRest',
  meaning:
    'When everybody has been silent for long enough, nothing is left to happen and nobody has the floor.',
  check({ room, rested }) {
    const { floor, queue, speakers } = room.state;
    const broken: string[] = [];
    if (!rested) broken.push(`${room.nowMs}: something is still going on`);
    if (floor.phase !== 'free') broken.push(`${room.nowMs}: turn ${floor.turn.id} still has the floor`);
    if (queue.length > 0)
      broken.push(`${room.nowMs}: turns still wait: ${queue.map(({ id }) => id).join(', ')}`);
    for (const [id, { phase }] of speakers) broken.push(`${room.nowMs}: ${id} is still ${phase}`);
    return broken;
  },
};
