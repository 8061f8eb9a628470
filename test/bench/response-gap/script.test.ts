/** The scripted turns: their shares, their time line, and texts that look as complete as they are meant to. */
import { describe, expect, it } from 'vitest';
import { LINES, OPEN_LINES } from '../../../bench/support/response-gap/lines.ts';
import {
  layOut,
  type ScriptedTurn,
  wordsOf,
  writeTurns,
} from '../../../bench/support/response-gap/script.ts';
import { heuristicJudge } from '../../../src/turn/completeness.ts';

const complete = (words: string) => heuristicJudge.judge(words, 'en') === 'complete';
const text = (words: readonly string[]) => words.join(' ');
const said = (turn: ScriptedTurn) => text(wordsOf(turn).map((word) => word.text));
const turns = writeTurns(20_000, 1);
const paused = turns.filter(({ segments }) => segments.length === 2);

describe('the lines', () => {
  it.each(LINES.map((line) => [text(line.words), line] as const))('break where they say: %s', (_, line) => {
    const { words, closedPause, openPause } = line;
    expect(complete(text(words))).toBe(true);
    expect(complete(text(words.slice(0, closedPause)))).toBe(true);
    expect(complete(text(words.slice(0, openPause)))).toBe(false);
    expect(words.length - Math.max(closedPause, openPause)).toBeGreaterThanOrEqual(2);
    expect(line.reply).toMatch(/^[A-Z].*[.?!]$/);
    for (const at of [closedPause, openPause]) {
      const corrected = layOut([words.slice(0, at), words.slice(at)], 0, [true, true]);
      for (const stretch of corrected)
        expect(stretch.words.some((word) => word.text !== word.heardAs)).toBe(true);
    }
  });

  it.each(OPEN_LINES.map((line) => [text(line.words), line] as const))('end open: %s', (_, { words }) => {
    expect(complete(text(words))).toBe(false);
  });
});

describe('the turns', () => {
  const share = (some: readonly unknown[], all: readonly unknown[]) => some.length / all.length;

  it('hold one pause in a third of them, a fifth of those after complete words', () => {
    expect(share(paused, turns)).toBeCloseTo(1 / 3, 1.7);
    const closed = paused.filter(({ segments }) =>
      complete(text(segments[0]!.words.map((word) => word.text))),
    );
    expect(share(closed, paused)).toBeCloseTo(0.2, 1.7);
  });

  it('end on incomplete words in 2 %', () => {
    expect(
      share(
        turns.filter((turn) => !complete(said(turn))),
        turns,
      ),
    ).toBeCloseTo(0.02, 2);
  });

  it('have interims that are wrong by one word in a tenth of the stretches', () => {
    const stretches = turns.flatMap(({ segments }) => segments);
    const wrong = stretches.filter(({ words }) => words.some((word) => word.text !== word.heardAs));
    expect(share(wrong, stretches)).toBeCloseTo(0.1, 1.7);
    for (const { words } of wrong) {
      expect(words.filter((word) => word.text !== word.heardAs)).toHaveLength(1);
      expect(words.at(-1)!.heardAs).toBe(words.at(-1)!.text);
    }
  });

  it('are the same for the same seed', () => {
    expect(writeTurns(20, 1)).toEqual(turns.slice(0, 20));
    expect(writeTurns(20, 2)).not.toEqual(turns.slice(0, 20));
  });

  it('lie on the packets: a word of three letters takes 260 ms, the shortest 200, and a pause what it says', () => {
    const [first, second] = layOut([['i', 'see'], ['you']], 333, [false, true]);
    expect(first).toEqual({
      ...{ startMs: 0, endMs: 440 },
      words: [
        { text: 'i', heardAs: 'i', endMs: 180 },
        { text: 'see', heardAs: 'see', endMs: 440 },
      ],
    });
    expect(second).toEqual({
      ...{ startMs: 773, endMs: 1_013 },
      words: [{ text: 'you', heardAs: 'you', endMs: 1_013 }],
    });
    expect(layOut([['i', 'see']], 0, [true])[0]!.words[0]!.heardAs).toBe('he');
  });
});
