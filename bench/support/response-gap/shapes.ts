/** The ways to answer that the product is measured against, by arithmetic on the same turns and draws. */
import { type ScriptedTurn, trueEndMs, wordsOf } from './script.ts';
import { audioMs, firstClauseMs, firstSentenceMs, tokensWritten, wholeTextMs } from './tokens.ts';
import type { TurnDraws } from './turn-draws.ts';

/** What became of one scripted turn. */
export interface Outcome {
  /** From the true end to the first audible frame of the answer to it; null when none came. */
  gapMs: number | null;
  /** From when the agent took the turn to have ended, to the same; null when none came. */
  pipelineMs: number | null;
  /** Why no answer came, where the agent says so. */
  reason: string | null;
  /** The agent was audible before the speaker's last word. */
  falseCutoff: boolean;
  /** Requests to the model, those of a race included. */
  llmCalls: number;
  /** Tokens that the model wrote for answers of which nothing was heard. */
  wastedTokens: number;
  /** The answer was begun before the end of turn. */
  speculationHit: boolean;
}

/** From the final transcript to audible. */
type Chain = (turn: ScriptedTurn, draws: TurnDraws) => number;

/** Silence after which these shapes take the turn to have ended. */
const SILENCE_MS = 500;
/** A voice takes a tenth of the audio's length to make all of it. */
const WHOLE_SYNTHESIS_SHARE = 0.1;

/** One step after the other: the whole answer is written, then the whole of it is synthesised, then it plays. */
export const serial = (turn: ScriptedTurn, draws: TurnDraws, raced: number): Outcome =>
  afterSilence(turn, draws, raced, ({ reply }, { llm, tts, network }) => {
    const written = llm + wholeTextMs(reply);
    return written + tts + network + WHOLE_SYNTHESIS_SHARE * audioMs(reply);
  });

/** As frameworks do by default: the model starts on the final transcript, the voice on the first whole sentence. */
export const streaming = (turn: ScriptedTurn, draws: TurnDraws, raced: number): Outcome =>
  afterSilence(
    turn,
    draws,
    raced,
    ({ reply }, { llm, tts, network }) => llm + firstSentenceMs(reply) + tts + network,
  );

/**
 * The limit of speculation on interim transcripts: an oracle that knows when the turn ends, and starts on the interim
 * that holds the last word, which is never wrong.
 */
export function limitGapMs(turn: ScriptedTurn, draws: TurnDraws): number {
  const { llm, tts, network } = draws;
  return lastInterimMs(turn, draws) + llm + firstClauseMs(turn.reply) + tts + network;
}

/** From the true end to the interim with the last word. Interims come in the order of their words. */
function lastInterimMs(turn: ScriptedTurn, draws: TurnDraws): number {
  const arrivals = wordsOf(turn).map(({ endMs }, i) => endMs + draws.interim(i));
  return Math.max(...arrivals) - trueEndMs(turn);
}

/** Commits after a fixed silence; speech that goes on before the answer is audible takes the turn back. */
function afterSilence(turn: ScriptedTurn, draws: TurnDraws, raced: number, chain: Chain): Outcome {
  const { segments, reply } = turn;
  let answers = 0;
  let falseCutoff = false;
  let wastedTokens = 0;
  let gapMs: number | null = null;
  for (const [i, { endMs }] of segments.entries()) {
    // The first packet of the speech that goes on carries 20 ms of it; then the detector needs its time.
    const next = segments[i + 1];
    const noticedMs = next ? next.startMs + draws.vadOn(i + 1) : Number.POSITIVE_INFINITY;
    const finalMs = endMs + SILENCE_MS + draws.final;
    if (finalMs >= noticedMs) continue;
    const audibleMs = finalMs + chain(turn, draws);
    const firstTokenMs = finalMs + draws.llm;
    answers += 1;
    if (audibleMs >= noticedMs) wastedTokens += tokensWritten(reply, noticedMs - firstTokenMs);
    else if (next) falseCutoff = true;
    else gapMs = audibleMs - endMs;
  }
  const pipelineMs = gapMs === null ? null : gapMs - SILENCE_MS;
  const plain = { reason: null, speculationHit: false };
  return { gapMs, pipelineMs, ...plain, falseCutoff, llmCalls: answers * raced, wastedTokens };
}
