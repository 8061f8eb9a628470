import { describe, expect, it } from 'vitest';
import type { Draws } from '../../src/simulation/draws.ts';
import { Room } from '../../src/simulation/room.ts';
import { spoken, type Utterance } from '../../src/simulation/script.ts';
import { storyOf } from '../../src/simulation/story.ts';
import { TURN_DEFAULTS, type TurnOptions } from '../../src/turn/defaults.ts';
import { plainDraws } from './plain-draws.ts';

const utterance = (...sounds: Utterance['sounds'][number][]): Utterance => ({
  ...{ sounds, client: 'voiceActivity', trailingMs: 200 },
});

/** Ann says "what time is it" from 1,000 to 1,800 ms. */
function roomWhereAnnAsks(draws: Partial<Draws> = {}, options: Partial<TurnOptions> = {}): Room {
  const room = new Room({
    ...{ turn: { ...TURN_DEFAULTS, ...options }, draws: plainDraws(draws), voicedStepMs: 40 },
  });
  room.join({ id: 'ann', name: 'Ann' });
  room.schedule.at(1_000, () => room.say('ann', utterance(spoken('what time is it', 0, 200))));
  return room;
}

const firstTurn = (room: Room) => room.recording.turns[0]!;

describe('the room', () => {
  it('plays a turn to the millisecond', () => {
    const room = roomWhereAnnAsks();
    expect(room.run(60_000)).toBe(false);
    const { marks, heard, end, draft } = firstTurn(room);
    // The interim of the last word comes 40 ms after it, and the draft begins 60 ms after the last sound.
    expect(marks).toEqual({
      ...{ speechStarted: 1_000, lastVoiced: 1_800, pauseDetected: 1_860, interimUsed: 1_840 },
      ...{ draftStarted: 1_860, llmSent: 1_860, llmFirstToken: 1_960, firstClause: 1_980 },
      ...{ ttsSent: 1_980, ttsFirstByte: 2_100, endOfTurn: 2_000, sttFinal: 2_050 },
      ...{ firstFrameOut: 2_100, firstAudibleOut: 2_120, done: 5_700 },
    });
    expect(heard).toBe('I am here. And here is more to say about it now.');
    expect(end).toMatchObject({ outcome: 'answered', turn: { speculation: 'hit', modelCalls: 1 } });
    expect(draft!.speech.runs).toEqual([{ fromFrame: 0, firstMs: 2_100, count: 180 }]);
  });

  it('keeps of an answer that was talked over the words that were heard', () => {
    const room = roomWhereAnnAsks();
    room.schedule.at(3_100, () => room.say('ann', utterance(spoken('what about tomorrow', 0, 200))));
    room.run(60_000);
    const { heard, end, draft } = firstTurn(room);
    // Paused at 3,300 after 60 frames; her first word is "what".
    expect(end).toMatchObject({ outcome: 'answered', bargedIn: true });
    expect(draft!.speech.runs).toEqual([{ fromFrame: 0, firstMs: 2_100, count: 60 }]);
    expect(heard).toBe('I am here. And');
    expect(room.recording.turns[1]!.end.turn.text).toBe('what about tomorrow');
  });

  it('goes on with the very next frame after a sound that was no words', () => {
    const room = roomWhereAnnAsks();
    room.schedule.at(3_100, () => room.say('ann', utterance({ pauseMs: 0, voicedMs: 260, words: [] })));
    room.run(60_000);
    const { draft, end } = firstTurn(room);
    expect(end).toMatchObject({ outcome: 'answered', bargedIn: false, falseBargeIns: 1 });
    expect(draft!.speech.runs).toHaveLength(2);
    expect(draft!.speech.runs[1]).toMatchObject({ fromFrame: 60, count: 120 });
  });

  it.each([
    ['LLM_FAILED', { kind: 'error', atToken: 0 }],
    ['EMPTY_ANSWER', { kind: 'end', atToken: 0 }],
    ['ANSWER_TIMEOUT', { kind: 'hang', atToken: 0 }],
  ] as const)('has models that end in %s', (reason, fault) => {
    const { model } = plainDraws();
    const of = { speakerId: 'ann', utterance: 0, nth: 0 };
    const room = roomWhereAnnAsks({ model: () => ({ ...model(of, ''), fault }) }, { speculation: 'off' });
    room.run(60_000);
    expect(firstTurn(room).end).toMatchObject({ outcome: 'unanswered', reason, audible: 'notice' });
  });

  it.each([
    ['TTS_FAILED', { fault: 'error' }],
    ['TTS_ENDED_EARLY', { fault: 'end' }],
    ['TTS_SILENT', { quietFrames: 1_000 }],
    ['ANSWER_TIMEOUT', { fault: 'hang' }],
  ] as const)('has voices that end in %s', (reason, changes) => {
    const voice = { firstByteMs: 120, wordMs: 100, quietFrames: 1, ...changes };
    const room = roomWhereAnnAsks({ voice: () => voice }, { speculation: 'off' });
    room.run(60_000);
    expect(firstTurn(room).end).toMatchObject({ outcome: 'unanswered', reason });
    for (const { streams } of room.recording.drafts) {
      expect(streams.map(({ closedMs }) => closedMs)).not.toContain(null);
    }
  });

  it('hears nothing more of somebody who leaves in the middle of a word', () => {
    const room = roomWhereAnnAsks();
    room.schedule.at(1_300, () => room.leave('ann'));
    room.run(60_000);
    expect(room.recording.events.filter(({ atMs }) => atMs > 1_300)).toEqual([]);
    expect(room.recording.said[0]).toMatchObject({ cutShort: true });
    expect(room.people).toEqual([]);
  });

  it('asks for each draw with its place in the script', () => {
    const asked: string[] = [];
    const room = roomWhereAnnAsks({
      interims: ({ utterance: index, nth }, word) => {
        asked.push(`${index}.${nth} ${word}`);
        return [{ delayMs: 40 }];
      },
    });
    room.schedule.at(20_000, () => room.say('ann', utterance(spoken('and now'))));
    room.run(60_000);
    expect(asked).toEqual(['0.0 what', '0.1 time', '0.2 is', '0.3 it', '1.0 and', '1.1 now']);
  });

  it('can be told as a story', () => {
    const room = roomWhereAnnAsks();
    room.run(60_000);
    const story = storyOf(room.recording.events, TURN_DEFAULTS);
    expect(story[0]).toBe('    0.000 s  in the room: Ann');
    expect(story).toContain('    1.860 s    -> begins draft 1 to "what time is it"');
    expect(story).toContain('    5.700 s    -> turn 1 of Ann is answered');
  });
});
