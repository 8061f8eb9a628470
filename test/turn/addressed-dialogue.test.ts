/** Whole talks of two people in a room with the agent: which lines it takes for itself. */
import { describe, expect, it } from 'vitest';
import { type AddressEvidence, isAddressed } from '../../src/turn/addressed.ts';

interface Line {
  by: string;
  /** Quiet before it, since the last word of anybody. */
  afterMs: number;
  text: string;
}

const ANSWER_MS = 2_000;

/** Plays the lines; the agent answers each that it takes for itself. Returns their texts. */
function answered(lines: readonly Line[]): string[] {
  const people = [...new Set(lines.map(({ by }) => by))];
  const taken: string[] = [];
  let last: { by: string; endMs: number } | null = null;
  let dialogue: { speaker: string; endMs: number } | null = null;
  let nowMs = 0;
  for (const { by, afterMs, text } of lines) {
    nowMs += afterMs;
    const talker: AddressEvidence['lastTalk']['by'] =
      last === null ? null : last.by === 'agent' ? 'agent' : 'person';
    const evidence: AddressEvidence = {
      text,
      agentNames: ['Parley'],
      otherNames: people.filter((name) => name !== by),
      people: people.length,
      lastTalk: { by: talker, sameSpeaker: last?.by === by, agoMs: nowMs - (last?.endMs ?? 0) },
      dialogue: { withThisSpeaker: dialogue?.speaker === by, agoMs: nowMs - (dialogue?.endMs ?? 0) },
    };
    nowMs += text.split(' ').length * 350;
    last = { by, endMs: nowMs };
    if (!isAddressed(evidence)) continue;
    taken.push(text);
    nowMs += ANSWER_MS;
    last = { by: 'agent', endMs: nowMs };
    dialogue = { speaker: by, endMs: nowMs };
  }
  return taken;
}

describe('two people and the agent', () => {
  it('talk with each other, and ask the agent twice by name', () => {
    expect(
      answered([
        { by: 'Ada', afterMs: 0, text: 'Ben, did you see the game last night?' },
        { by: 'Ben', afterMs: 600, text: 'yeah, I watched the second half' },
        { by: 'Ada', afterMs: 500, text: 'Parley, who won the cup last year?' },
        { by: 'Ben', afterMs: 700, text: 'I told you so' },
        { by: 'Ada', afterMs: 400, text: 'you always say that' },
        { by: 'Ben', afterMs: 900, text: 'hey parlay when is the next game' },
      ]),
    ).toEqual(['Parley, who won the cup last year?', 'hey parlay when is the next game']);
  });

  it('need the name only once in a dialogue', () => {
    expect(
      answered([
        { by: 'Ada', afterMs: 0, text: 'Parley, what is the weather tomorrow?' },
        { by: 'Ada', afterMs: 1_500, text: 'and on sunday' },
        { by: 'Ben', afterMs: 1_000, text: 'we could drive to the lake' },
        { by: 'Ada', afterMs: 500, text: 'that would be nice' },
        { by: 'Ben', afterMs: 800, text: 'I will bring the boat' },
        { by: 'Ada', afterMs: 700, text: 'what time do you want to leave' },
      ]),
    ).toEqual(['Parley, what is the weather tomorrow?', 'and on sunday']);
  });

  it('are answered again after a quiet', () => {
    expect(
      answered([
        { by: 'Ada', afterMs: 0, text: 'Ben, are you hungry?' },
        { by: 'Ben', afterMs: 500, text: 'a little' },
        { by: 'Ada', afterMs: 700, text: 'me too' },
        { by: 'Ada', afterMs: 30_000, text: 'how long do potatoes need' },
        { by: 'Ben', afterMs: 600, text: 'I like mine baked' },
        { by: 'Ben', afterMs: 40_000, text: 'set a timer for twenty minutes' },
      ]),
    ).toEqual(['how long do potatoes need', 'set a timer for twenty minutes']);
  });
});
