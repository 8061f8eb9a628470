/** Timelines for tests: one complete serial turn, and random ones from a seed. */
import type { Mark, Marks, TurnRecord } from '../../src/latency/timeline.ts';
import { MARKS } from '../../src/latency/timeline.ts';

/** A turn whose stages run one after the other; `lastVoiced` is at 10,000 on its clock. */
export const serialMarks: Marks = {
  speechStarted: 9_000,
  lastVoiced: 10_000,
  endOfTurn: 10_300.4,
  sttFinal: 10_330.3,
  llmSent: 10_331,
  llmFirstToken: 10_350,
  firstClause: 10_362,
  ttsSent: 10_362.4,
  ttsFirstByte: 10_401.6,
  firstFrameOut: 10_412,
  firstAudibleOut: 10_432.2,
  done: 12_000,
};

/** An answered turn, unless `over` says otherwise. */
export function turn(over: Partial<TurnRecord> = {}): TurnRecord {
  return {
    id: '1',
    guildId: 'guild',
    channelId: 'channel',
    speakerId: 'speaker',
    endedAtUnixMs: 1_700_000_000_000,
    outcome: 'answered',
    reason: null,
    audible: 'answer',
    falseCutoff: false,
    bargedIn: false,
    falseBargeIns: 0,
    repeated: false,
    speculation: 'off',
    modelCalls: 1,
    wasted: { tokens: 0, characters: 0 },
    marks: serialMarks,
    providers: { stt: 'embedded', llm: 'embedded', tts: 'embedded' },
    usage: null,
    ...over,
  };
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Any marks at any time, in any order: what a broken clock or a lost event could leave behind. */
export function wildMarks(random: () => number): Marks {
  const marks: Marks = {};
  for (const mark of MARKS) {
    if (random() < 0.75) marks[mark] = Math.round(random() * 40) * 25;
  }
  return marks;
}

/** A complete and ordered turn; with `speculative`, its draft began before the end of turn. */
export function orderedMarks(random: () => number, speculative: boolean): Marks {
  const marks: Marks = { speechStarted: 0, lastVoiced: 1_000 };
  let atMs = 1_000;
  const chain = (from: number, ...names: Mark[]) => {
    atMs = from;
    for (const name of names) {
      atMs += random() * 200;
      marks[name] = atMs;
    }
  };
  chain(1_000, 'repaired', 'pauseDetected', 'endOfTurn', 'sttFinal');
  const draft = ['llmSent', 'llmFirstToken', 'firstClause', 'ttsSent', 'ttsFirstByte'] as const;
  if (speculative) chain(700 + random() * 500, 'interimUsed', 'draftStarted', ...draft);
  else chain(marks.sttFinal!, ...draft);
  chain(Math.max(marks.endOfTurn!, marks.ttsFirstByte!), 'firstFrameOut', 'firstAudibleOut', 'done');
  return marks;
}
