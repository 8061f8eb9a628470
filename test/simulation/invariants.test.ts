/** Each invariant notices what breaks it: a conversation in which all holds is falsified in one place. */
import { beforeAll, expect, it } from 'vitest';
import { INVARIANTS, violationsOf } from '../../src/simulation/invariants/index.ts';
import { playRandomTalk, type Talk } from '../../src/simulation/random-talk.ts';
import type { EndedTurn, PerformedEffect } from '../../src/simulation/recording.ts';
import type { TurnEffect } from '../../src/turn/types.ts';

type Told<T extends TurnEffect['type']> = PerformedEffect & { effect: Extract<TurnEffect, { type: T }> };

const told = <T extends TurnEffect['type']>({ room }: Talk, type: T): Told<T>[] =>
  room.recording.effects.filter((one): one is Told<T> => one.effect.type === type);

/** A turn whose answer was paused for its speaker's words, and stopped. */
const bargedIn = ({ room }: Talk): EndedTurn | undefined =>
  room.recording.turns.find(({ end, draft }) => {
    const goesOn = room.recording.said.find(
      ({ speakerId, startMs, lastVoicedMs }) =>
        speakerId === end.turn.speakerId && startMs <= end.atMs && lastVoicedMs > end.atMs + 600,
    );
    return end.bargedIn && draft && end.atMs - draft.marks.firstAudibleOut! > 500 && goesOn !== undefined;
  });

const hasEverything = (talk: Talk): boolean =>
  told(talk, 'resumeAnswer').length > 0 &&
  told(talk, 'unduckAnswer').length > 0 &&
  told(talk, 'startDraft').some(({ effect }) => effect.speculative) &&
  bargedIn(talk) !== undefined &&
  !talk.room.recording.events.some(({ type }) => type === 'gone') &&
  violationsOf(talk).length === 0;

let seed = 0;
/** The conversation that is falsified, anew. */
const play = () => playRandomTalk(seed);

beforeAll(() => {
  // Only every fourth conversation is told again.
  do seed += 4;
  while (!hasEverything(play()));
});

const forget = ({ room }: Talk, unwanted: (effect: TurnEffect) => boolean) => {
  const { effects } = room.recording;
  effects.splice(0, effects.length, ...effects.filter(({ effect }) => !unwanted(effect)));
};

const add = ({ room }: Talk, ...effects: TurnEffect[]) => {
  const event = room.recording.events.length - 1;
  room.recording.effects.push(...effects.map((effect) => ({ atMs: room.nowMs, event, effect })));
};

const answered = ({ room }: Talk): EndedTurn =>
  room.recording.turns.find(({ end }) => end.outcome === 'answered' && /word\d/.test(end.turn.text))!;

const lose = (talk: Talk, turn: EndedTurn) => {
  const { turns } = talk.room.recording;
  turns.splice(turns.indexOf(turn), 1);
};

/** The answer that was talked over plays on instead. */
const playOn = (talk: Talk) => {
  const { end, draft } = bargedIn(talk)!;
  const turnId = end.turn.id;
  forget(talk, (effect) => 'turnId' in effect && effect.turnId === turnId);
  forget(talk, (effect) => effect.type === 'turnEnded' && effect.end.turn.id === turnId);
  forget(talk, (effect) => effect.type === 'openGate' && effect.turn.id > turnId);
  draft!.speech.runs.at(-1)!.count += 1_000;
  draft!.fateMs = talk.room.nowMs + 100_000;
};

const draftOf = (text: string): Told<'startDraft'>['effect'] => ({
  ...{ type: 'startDraft', draftId: 900 + text.length, speakerId: 'ann', text, speculative: true },
});

const FALSIFIED: Readonly<Record<string, (talk: Talk) => void>> = {
  oneAnswerATurn: (talk) => add(talk, told(talk, 'openGate')[0]!.effect),
  nothingAfterStop: (talk) => add(talk, { type: 'resumeAnswer', turnId: bargedIn(talk)!.end.turn.id }),
  framesConsecutive: (talk) => {
    answered(talk).draft!.speech.runs[0]!.fromFrame = 1;
  },
  nothingBeforeGate: (talk) => {
    answered(talk).draft!.gateMs = null;
  },
  silentWhilePaused: (talk) => {
    const { turnId } = told(talk, 'resumeAnswer')[0]!.effect;
    for (const { turnId: id, speech } of talk.room.recording.drafts) {
      if (id === turnId) speech.runs[0]!.count += 30;
    }
    const held = told(talk, 'pauseAnswer').find(({ effect }) => effect.turnId === turnId)!;
    held.atMs = talk.room.recording.drafts.find((one) => one.turnId === turnId)!.speech.runs[0]!.firstMs;
  },
  playedToItsEnd: (talk) => {
    bargedIn(talk)!.end.bargedIn = false;
  },
  everyTurnEnds: (talk) => lose(talk, answered(talk)),
  everyWordAccounted: (talk) => {
    for (const { end } of talk.room.recording.turns) {
      end.turn.text = '';
      end.reason = null;
    }
    forget(talk, ({ type }) => type === 'overheard');
  },
  outcomeIsTrue: (talk) => {
    answered(talk).heard = 'what was never said';
  },
  inTwoSeconds: (talk) => {
    const { end, draft } = answered(talk);
    draft!.marks.firstAudibleOut = end.turn.endOfTurnMs + 5_000;
    draft!.fateMs = end.turn.endOfTurnMs + 60_000;
    end.atMs = end.turn.endOfTurnMs + 60_000;
  },
  comesToRest: (talk) => {
    talk.rested = false;
  },
  nothingForWhoLeft: (talk) => {
    const { end } = answered(talk);
    const { speakerId } = end.turn;
    talk.room.recording.events.push({ type: 'gone', speakerId, atMs: end.atMs - 1 });
  },
  everyWaitHasADeadline: (talk) => {
    talk.waits = ['a wait without its timer'];
  },
  waitsForTheEnd: (talk) => {
    for (const { effect } of told(talk, 'openGate')) {
      const endOfTurnMs = effect.turn.lastVoicedMs + 50;
      Object.assign(effect.turn, { endOfTurnMs, sttFinalMs: endOfTurnMs });
    }
  },
  marksInOrder: ({ room }) => {
    const { marks } = room.recording.turns[0]!;
    marks.lastVoiced = marks.endOfTurn! + 1;
  },
  criticalPathTiles: (talk) => {
    const { marks } = answered(talk);
    marks.lastVoiced = marks.firstAudibleOut! + 1;
  },
  noStreamAfterTurn: (talk) => {
    answered(talk).draft!.streams[0]!.closedMs = null;
  },
  draftsBounded: (talk) => add(talk, draftOf('a'), draftOf('ab'), draftOf('abc')),
  noDraftForWait: (talk) => add(talk, draftOf('hold on')),
  noDraftBehindOthers: (talk) => {
    const { effect } = told(talk, 'openGate')[0]!;
    add(talk, { ...effect, turn: { ...effect.turn, id: 900 } }, draftOf('me too'));
  },
  noDraftOutOfSilence: (talk) => {
    const draft = told(talk, 'startDraft').find(({ effect }) => effect.speculative)!;
    const voiced = talk.room.recording.events
      .slice(0, draft.event)
      .findLast((event) => event.type === 'voiced' && event.speakerId === draft.effect.speakerId)!;
    if (voiced.type === 'voiced') draft.atMs = voiced.voicedMs + 20;
  },
  draftsEndWithTheirPause: (talk) => {
    const { events } = talk.room.recording;
    const event = events.findIndex(({ type }) => type === 'speechStarted');
    const speech = events[event]!;
    const speakerId = 'speakerId' in speech ? speech.speakerId : '';
    const next = talk.room.recording.effects.findIndex((one) => one.event > event);
    talk.room.recording.effects.splice(next, 0, {
      ...{ atMs: speech.atMs, event, effect: { ...draftOf('never cancelled'), speakerId } },
    });
  },
  lowersAtOnset: (talk) => forget(talk, ({ type }) => type === 'duckAnswer'),
  pausesForSpeech: playOn,
  givesWayToWords: playOn,
  speaksUpAgain: (talk) => {
    const { end, draft } = answered(talk);
    const event = talk.room.recording.events.findIndex(({ atMs }) => atMs > draft!.gateMs!);
    const effect = { type: 'duckAnswer' as const, turnId: end.turn.id };
    talk.room.recording.effects.unshift({ atMs: draft!.gateMs! - 60_000, event, effect });
  },
  replaysTheSame: (talk) => {
    talk.room.recording.events[told(talk, 'openGate')[0]!.event]!.atMs += 1;
  },
};

it.each(INVARIANTS.map(({ name, meaning }) => ({ name, meaning })))('$name: $meaning', ({ name }) => {
  const talk = play();
  FALSIFIED[name]!(talk);
  expect(violationsOf(talk).map((broken) => broken.split(':')[0])).toContain(name);
});
