/** The product's way: the real turn engine, among modelled parts that take the same draws, in virtual time. */

import type { Draft } from '../../../src/simulation/draft.ts';
import type { Draws } from '../../../src/simulation/draws.ts';
import type { EndedTurn } from '../../../src/simulation/recording.ts';
import { Room } from '../../../src/simulation/room.ts';
import { FRAME_MS, type Sound, type Utterance } from '../../../src/simulation/script.ts';
import { TURN_DEFAULTS, type TurnOptions } from '../../../src/turn/defaults.ts';
import type { Profile } from './profiles.ts';
import { type ScriptedTurn, trueEndMs, wordsOf } from './script.ts';
import type { Outcome } from './shapes.ts';
import { SPOKEN_WORD_MS, TOKEN_MS, tokensOf, tokensWritten } from './tokens.ts';
import type { TurnDraws } from './turn-draws.ts';

const SPEAKER = { id: 'ann', name: 'Ann' };
/** So many turns are one conversation, which begins with a stranger. */
const TURNS_TOGETHER = 20;
/** From when all is quiet to the next turn: longer than any trace that an answer leaves in the engine. */
const BETWEEN_TURNS_MS = 3_000;
/** The longest answer, and the longest wait for one, end well before. */
const TURN_DEADLINE_MS = 200_000;
/** The other shapes wait for their answers as long as it takes, so this one does too. */
const PATIENCE_MS = 60_000;
export const PATIENCE = { answerDueMs: PATIENCE_MS, answerMaxMs: 2 * PATIENCE_MS };
/** A client's voice gate stays open so long after the last sound. */
const VOICE_GATE_MS = 200;

/**
 * What becomes of each turn, in order.
 * @param onEnded is told what the engine recorded of each scripted turn.
 */
export function runParley(
  turns: readonly ScriptedTurn[],
  draws: readonly TurnDraws[],
  profile: Profile,
  options: Partial<TurnOptions> = {},
  onEnded: (ended: readonly EndedTurn[]) => void = () => {},
): Outcome[] {
  const turn = { ...TURN_DEFAULTS, ...PATIENCE, earlyCommit: true, ...options };
  const outcomes: Outcome[] = [];
  for (let from = 0; from < turns.length; from += TURNS_TOGETHER) {
    const to = from + TURNS_TOGETHER;
    outcomes.push(...converse(turns.slice(from, to), draws.slice(from, to), profile.raced, turn, onEnded));
  }
  return outcomes;
}

function converse(
  turns: readonly ScriptedTurn[],
  draws: readonly TurnDraws[],
  raced: number,
  turn: TurnOptions,
  onEnded: (ended: readonly EndedTurn[]) => void,
): Outcome[] {
  const room = new Room({
    turn,
    draws: scriptedDraws(turns, draws),
    voicedStepMs: FRAME_MS,
    stallMs: PATIENCE_MS,
  });
  room.join(SPEAKER);
  return turns.map((scripted) => {
    const startMs = room.nowMs + BETWEEN_TURNS_MS;
    const { drafts, turns: ended } = room.recording;
    const [draftsBefore, endedBefore] = [drafts.length, ended.length];
    room.schedule.at(startMs, () => room.say(SPEAKER.id, utteranceOf(scripted)));
    if (room.run(startMs + TURN_DEADLINE_MS)) throw new Error('the virtual room did not come to rest');
    const happened = { drafts: drafts.slice(draftsBefore), ended: ended.slice(endedBefore), startMs };
    onEnded(happened.ended);
    return judge(scripted, happened, raced);
  });
}

/** Each word is a sound of its own, right behind the one before, so that words may differ in length. */
function utteranceOf(turn: ScriptedTurn): Utterance {
  let beforeMs = 0;
  const sounds = turn.segments.flatMap(({ words, startMs }) =>
    words.map(({ text, endMs }, i): Sound => {
      const firstMs = i === 0 ? startMs : beforeMs + FRAME_MS;
      const sound = { pauseMs: firstMs - beforeMs, voicedMs: endMs - firstMs, words: [text] };
      beforeMs = endMs;
      return sound;
    }),
  );
  return { sounds, client: 'voiceActivity', trailingMs: VOICE_GATE_MS };
}

/** The draws of the scripted turns, for a room in which one speaker says one turn after the other. */
function scriptedDraws(turns: readonly ScriptedTurn[], draws: readonly TurnDraws[]): Draws {
  const words = turns.map(wordsOf);
  /** The sounds with which the stretches of a turn begin. */
  const begins = turns.map(({ segments }) => {
    let at = 0;
    return segments.map((segment) => {
      at += segment.words.length;
      return at - segment.words.length;
    });
  });
  const stretchOf = (utterance: number, sound: number) =>
    begins[utterance]!.findLastIndex((at) => at <= sound);
  const replies = turns.map(({ reply }) => ({ tokens: tokensOf(reply) }));
  return {
    vadOnMs: ({ utterance, nth }) => draws[utterance]!.vadOn(stretchOf(utterance, nth)),
    vadOffMs: ({ utterance, nth }) => draws[utterance]!.vadOff(stretchOf(utterance, nth)),
    frameLost: () => false,
    interims: ({ utterance, nth }) => [
      {
        delayMs: draws[utterance]!.interim(nth),
        alter: (text) => {
          const count = text.split(' ').length;
          const heard = words[utterance]!.slice(nth + 1 - count, nth + 1);
          return heard.map(({ heardAs }) => heardAs).join(' ');
        },
      },
    ],
    finals: ({ utterance }) => [{ delayMs: draws[utterance]!.final }],
    model: ({ utterance }) => ({
      reply: replies[utterance]!,
      firstTokenMs: draws[utterance]!.llm,
      tokenMs: TOKEN_MS,
    }),
    voice: ({ utterance }, clause) => ({
      firstByteMs: draws[utterance]!.tts + (clause === 0 ? draws[utterance]!.network : 0),
      wordMs: SPOKEN_WORD_MS,
      quietFrames: 0,
    }),
    noticeMs: () => 2_000,
    timerLateMs: () => 0,
    straggleMs: () => null,
  };
}

/** In the room, from when the speaker began until all was quiet. */
interface Happened {
  drafts: readonly Draft[];
  ended: readonly EndedTurn[];
  startMs: number;
}

/** What the room heard, judged by the script: only an answer to the last words, after them, ends the gap. */
function judge(turn: ScriptedTurn, { drafts, ended, startMs }: Happened, raced: number): Outcome {
  const endMs = startMs + trueEndMs(turn);
  const lastWord = wordsOf(turn).at(-1)!.text;
  const audible = drafts.filter(({ marks }) => marks.firstAudibleOut !== undefined);
  const falseCutoff = audible.some(({ marks }) => marks.firstAudibleOut! < endMs);
  const answer = audible.find(
    ({ marks, options }) => marks.firstAudibleOut! >= endMs && options.text.endsWith(lastWord),
  );
  const unheard = drafts.filter(({ marks }) => marks.firstAudibleOut === undefined);
  const wasted = unheard.map(({ fateMs, startedMs, model }) =>
    fateMs === null ? 0 : tokensWritten(turn.reply, fateMs - startedMs - model.firstTokenMs),
  );
  const answered = ended.find(({ draft }) => draft !== null && draft === answer);
  return {
    gapMs: answer ? answer.marks.firstAudibleOut! - endMs : null,
    pipelineMs: answered ? answered.marks.firstAudibleOut! - answered.end.turn.endOfTurnMs : null,
    reason: answer ? null : (ended.at(-1)?.end.reason ?? null),
    falseCutoff,
    llmCalls: drafts.length * raced,
    wastedTokens: wasted.reduce((sum, tokens) => sum + tokens, 0),
    speculationHit: answer?.options.speculative === true,
  };
}
