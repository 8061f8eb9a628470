/** The shapes that the product is measured against, on turns whose instants are computed by hand. */
import { describe, expect, it } from 'vitest';
import type { ScriptedTurn } from '../../../bench/support/response-gap/script.ts';
import { limitGapMs, type Outcome, serial, streaming } from '../../../bench/support/response-gap/shapes.ts';
import {
  firstClauseMs,
  firstSentenceMs,
  tokensOf,
  tokensWritten,
  wholeTextMs,
} from '../../../bench/support/response-gap/tokens.ts';
import type { TurnDraws } from '../../../bench/support/response-gap/turn-draws.ts';

/** Ten tokens, of which the seventh ends the first sentence. */
const REPLY = 'I can do that for you. What time?';

describe('tokens', () => {
  it('are words, marks, and halves of long words', () => {
    expect(tokensOf(REPLY)).toEqual([
      'I',
      ' can',
      ' do',
      ' that',
      ' for',
      ' you',
      '.',
      ' What',
      ' time',
      '?',
    ]);
    expect(tokensOf("It's wonderful")).toEqual(['It', "'s", ' wonde', 'rful']);
    expect(tokensOf(REPLY).join('')).toBe(REPLY);
  });

  it('complete a clause, a sentence and the whole at an even pace', () => {
    // Frameworks see that a sentence is over by the token after it.
    expect(firstClauseMs(REPLY)).toBe(60);
    expect(firstSentenceMs(REPLY)).toBe(70);
    expect(wholeTextMs(REPLY)).toBe(90);
    expect(firstClauseMs('Yes it is noon, and all is well.')).toBe(40);
    expect(firstSentenceMs('Yes it is noon, and all is well.')).toBe(90);
  });

  it('are counted up to any moment', () => {
    expect([-1, 0, 9, 10, 89, 90, 500].map((ms) => tokensWritten(REPLY, ms))).toEqual([
      0, 1, 1, 2, 9, 10, 10,
    ]);
  });
});

const turnOf = (...stretches: { startMs: number; endMs: number }[]): ScriptedTurn => ({
  segments: stretches.map((stretch) => ({
    ...stretch,
    words: [{ text: 'word', heardAs: 'word', endMs: stretch.endMs }],
  })),
  reply: REPLY,
  seed: 0,
});

const draws: TurnDraws = {
  interim: (i) => [150, 120][i]!,
  final: 80,
  llm: 100,
  tts: 175,
  network: 5,
  vadOn: (i) => [0, 100][i]!,
  vadOff: () => 150,
};
const plain = {
  reason: null,
  falseCutoff: false,
  llmCalls: 1,
  wastedTokens: 0,
  speculationHit: false,
} satisfies Partial<Outcome>;
const answered = (gapMs: number): Outcome => ({ ...plain, gapMs, pipelineMs: gapMs - 500 });

describe('a turn without a pause', () => {
  const turn = turnOf({ startMs: 0, endMs: 1_000 });

  it('is answered by the serial shape after the whole text and the whole synthesis', () => {
    // Silence 500, final 80, first token 100, ten tokens 90, first byte 175 + 5, a tenth of 8 words at 350 ms.
    expect(serial(turn, draws, 1)).toEqual(answered(500 + 80 + 100 + 90 + 180 + 280));
  });

  it('is answered by the streaming shape after the first sentence', () => {
    expect(streaming(turn, draws, 1)).toEqual(answered(500 + 80 + 100 + 70 + 180));
    expect(streaming(turn, draws, 2).llmCalls).toBe(2);
  });

  it('has its limit at the interim with the last word', () => {
    expect(limitGapMs(turn, draws)).toBe(150 + 100 + 60 + 180);
  });
});

describe('a turn with a pause', () => {
  // The streaming shape would be audible 930 ms after the first stretch.
  const withPause = (pauseMs: number) =>
    turnOf({ startMs: 0, endMs: 1_000 }, { startMs: 1_000 + pauseMs, endMs: 3_500 });

  it('is not broken off while the silence is too short for a final', () => {
    // Noticed 579 ms into the silence, when the final was still to come.
    expect(streaming(withPause(479), draws, 1)).toEqual(answered(500 + 80 + 100 + 70 + 180));
  });

  it('takes back an answer that is not audible when speech goes on', () => {
    // Noticed at 700: the model began at 580, and wrote from 680 to 700.
    const outcome = streaming(withPause(600), draws, 1);
    expect(outcome).toEqual({ ...answered(500 + 80 + 100 + 70 + 180), llmCalls: 2, wastedTokens: 3 });
    expect(streaming(withPause(829), draws, 1).falseCutoff).toBe(false);
  });

  it('is cut off when the answer is audible before speech that goes on is noticed', () => {
    const outcome = streaming(withPause(831), draws, 1);
    expect(outcome).toEqual({ ...answered(500 + 80 + 100 + 70 + 180), falseCutoff: true, llmCalls: 2 });
  });

  it('has its limit at the second stretch, whatever the pause', () => {
    expect(limitGapMs(withPause(831), draws)).toBe(120 + 100 + 60 + 180);
  });
});
