/** The product's way in the benchmark: the real turn engine on turns whose instants are computed by hand. */
import { describe, expect, it } from 'vitest';
import { none } from '../../../bench/support/response-gap/distributions.ts';
import { runParley } from '../../../bench/support/response-gap/parley.ts';
import type { Profile } from '../../../bench/support/response-gap/profiles.ts';
import { layOut, type ScriptedTurn } from '../../../bench/support/response-gap/script.ts';
import type { Outcome } from '../../../bench/support/response-gap/shapes.ts';
import type { TurnDraws } from '../../../bench/support/response-gap/turn-draws.ts';
import { TURN_DEFAULTS } from '../../../src/turn/defaults.ts';

/** Seven tokens until the end of the first clause, which is a sentence. */
const reply = 'I can do that for you. What time?';
const profile: Profile = { interim: none, final: none, llm: none, tts: none, network: none, raced: 1 };

const draws: TurnDraws = {
  interim: () => 150,
  final: 80,
  llm: 100,
  tts: 175,
  network: 5,
  vadOn: () => 100,
  vadOff: () => 150,
};
/** Model, first clause, voice, network. */
const answerMs = 100 + 60 + 175 + 5;

function turnOf(stretches: readonly string[], pauseMs = 0, corrected: readonly boolean[] = []): ScriptedTurn {
  const words = stretches.map((text) => text.split(' '));
  return { segments: layOut(words, pauseMs, corrected), reply, seed: 0 };
}

/** Without the rounding errors of sums. */
const exact = (ms: number | null) => (ms === null ? null : Math.round(ms * 1e6) / 1e6);

function outcomeOf(turn: ScriptedTurn, raced = 1): Outcome {
  const [outcome] = runParley([turn], [draws], { ...profile, raced });
  return { ...outcome!, gapMs: exact(outcome!.gapMs), pipelineMs: exact(outcome!.pipelineMs) };
}

const hit = { reason: null, falseCutoff: false, llmCalls: 1, wastedTokens: 0, speculationHit: true };

describe('a turn without a pause', () => {
  const said = ['can you book a table'];

  it('is answered from the interim with its last word, under the gate', () => {
    const gapMs = 150 + answerMs;
    expect(outcomeOf(turnOf(said))).toEqual({
      ...hit,
      gapMs,
      pipelineMs: gapMs - TURN_DEFAULTS.gateCompleteMs,
    });
  });

  it('is answered from the final transcript when that corrects the interim', () => {
    // The draft on the interim was a few ms old, and had written nothing.
    expect(outcomeOf(turnOf(said, 0, [true]))).toMatchObject({
      ...{ ...hit, llmCalls: 2 },
      gapMs: TURN_DEFAULTS.pauseCommitMs + draws.final + answerMs,
    });
  });

  it('counts both requests of a race', () => {
    expect(outcomeOf(turnOf(said), 2).llmCalls).toBe(2);
  });

  it('waits for the gate when it ends on incomplete words', () => {
    expect(outcomeOf(turnOf(['play the film that i was in']))).toMatchObject({
      ...hit,
      gapMs: TURN_DEFAULTS.gateIncompleteMs,
    });
  });
});

describe('a turn with a pause', () => {
  it('is not answered in the pause when what was said goes on', () => {
    expect(outcomeOf(turnOf(['can you book a', 'table for four people'], 500))).toMatchObject({
      ...hit,
      gapMs: 150 + answerMs,
    });
  });

  it('takes back the draft of words that only looked complete', () => {
    // Drafted at 150 ms; speech goes on at 400 and is confirmed at 500: 260 ms after the model's first token.
    expect(outcomeOf(turnOf(['can you book a table', 'for four people'], 400))).toMatchObject({
      ...{ ...hit, llmCalls: 2, wastedTokens: 10 },
      gapMs: 150 + answerMs,
    });
  });

  it('is cut off when such a draft becomes audible in the pause, and answered all the same', () => {
    const outcome = outcomeOf(turnOf(['can you book a table', 'for four people on friday'], 800));
    expect(outcome).toMatchObject({ ...hit, llmCalls: 2, falseCutoff: true, gapMs: 150 + answerMs });
  });
});

it('waits for a slow model as long as the other shapes do', () => {
  const slow = { ...draws, llm: 9_000 };
  const [outcome] = runParley([turnOf(['can you book a table'])], [slow], profile);
  expect(outcome).toMatchObject({ gapMs: 150 + 9_000 + answerMs - draws.llm, reason: null });
});

it('goes on with the next turn in the same conversation', () => {
  const turns = Array.from({ length: 25 }, () => turnOf(['can you book a table']));
  const outcomes = runParley(
    turns,
    turns.map(() => draws),
    profile,
  );
  expect(outcomes.map(({ gapMs }) => Math.round(gapMs!))).toEqual(turns.map(() => 150 + answerMs));
});
