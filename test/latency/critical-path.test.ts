/** The critical path tiles the response gap exactly, whatever the marks, and blames only what is known. */
import { describe, expect, it } from 'vitest';
import { criticalPath, type Span } from '../../src/latency/critical-path.ts';
import type { Mark, Marks } from '../../src/latency/timeline.ts';
import { orderedMarks, randomFrom, serialMarks, wildMarks } from './timelines.ts';

/** What each mark waits for, written down apart from the code under test. */
const waitsFor: Partial<Record<Mark, readonly Mark[]>> = {
  repaired: ['lastVoiced'],
  pauseDetected: ['repaired', 'lastVoiced'],
  endOfTurn: ['pauseDetected', 'repaired', 'lastVoiced'],
  sttConnected: ['endOfTurn', 'pauseDetected', 'repaired', 'lastVoiced'],
  interimUsed: ['sttConnected', 'pauseDetected', 'repaired', 'lastVoiced'],
  sttFinal: ['sttConnected', 'endOfTurn', 'pauseDetected', 'repaired', 'lastVoiced'],
  draftStarted: ['sttFinal', 'interimUsed', 'pauseDetected', 'endOfTurn'],
  llmSent: ['sttFinal', 'interimUsed', 'draftStarted'],
  llmConnected: ['llmSent'],
  llmFirstToken: ['llmConnected', 'llmSent'],
  firstClause: ['llmFirstToken'],
  ttsSent: ['firstClause'],
  ttsConnected: ['ttsSent'],
  ttsFirstByte: ['ttsConnected', 'ttsSent'],
  ttsFirstSound: ['ttsFirstByte'],
  firstFrameOut: ['endOfTurn', 'sttFinal', 'ttsFirstByte', 'ttsFirstSound'],
  firstAudibleOut: ['firstFrameOut'],
};

const brief = (spans: readonly Span[]) =>
  spans.map(({ stage, startMs, endMs }) => [stage, Math.round(startMs), Math.round(endMs)]);

function expectTiling(marks: Marks, spans: readonly Span[]): void {
  const { lastVoiced, firstAudibleOut } = marks;
  if (lastVoiced === undefined || firstAudibleOut === undefined || firstAudibleOut <= lastVoiced) {
    expect(spans).toEqual([]);
    return;
  }
  expect(spans[0]!.startMs).toBe(lastVoiced);
  expect(spans.at(-1)!.endMs).toBe(firstAudibleOut);
  for (const [index, span] of spans.entries()) {
    expect(span.endMs).toBeGreaterThan(span.startMs);
    if (index > 0) expect(span.startMs).toBe(spans[index - 1]!.endMs);
  }
}

/** A named span runs from the latest of the marks that its end waited for. */
function expectHonest(marks: Marks, spans: readonly Span[]): void {
  for (const { stage, from, to, startMs, endMs } of spans) {
    if (stage === 'unattributed') continue;
    const before = waitsFor[to]!.filter((mark) => marks[mark] !== undefined && marks[mark] <= marks[to]!);
    expect(before).toContain(from);
    expect(marks[from]).toBe(Math.max(...before.map((mark) => marks[mark]!)));
    expect(startMs).toBe(Math.max(marks[from]!, marks.lastVoiced!));
    expect(endMs).toBe(marks[to]);
  }
}

describe('criticalPath', () => {
  it('tells the opening of a connection from the work done over it', () => {
    const marks = { ...serialMarks, sttConnected: 10_320, llmConnected: 10_340, ttsConnected: 10_390 };
    expect(brief(criticalPath(marks)).slice(1, 10)).toEqual([
      ['sttConnect', 10_300, 10_320],
      ['speechToText', 10_320, 10_330],
      ['dispatch', 10_330, 10_331],
      ['llmConnect', 10_331, 10_340],
      ['languageModel', 10_340, 10_350],
      ['firstClause', 10_350, 10_362],
      ['handover', 10_362, 10_362],
      ['ttsConnect', 10_362, 10_390],
      ['textToSpeech', 10_390, 10_402],
    ]);
  });

  it('names every stage of a serial turn', () => {
    expect(brief(criticalPath(serialMarks))).toEqual([
      ['gate', 10_000, 10_300],
      ['speechToText', 10_300, 10_330],
      ['dispatch', 10_330, 10_331],
      ['languageModel', 10_331, 10_350],
      ['firstClause', 10_350, 10_362],
      ['handover', 10_362, 10_362],
      ['textToSpeech', 10_362, 10_402],
      ['encodeAndPacing', 10_402, 10_412],
      ['quietStart', 10_412, 10_432],
    ]);
  });

  it('tells the repair of a bad network from the gate', () => {
    const marks = { ...serialMarks, repaired: 10_040 };
    expect(brief(criticalPath(marks)).slice(0, 3)).toEqual([
      ['receiveRepair', 10_000, 10_040],
      ['gate', 10_040, 10_300],
      ['speechToText', 10_300, 10_330],
    ]);
    expectTiling(marks, criticalPath(marks));
  });

  it('has no repair where nothing waited, or where it is not known', () => {
    const clean = criticalPath({ ...serialMarks, repaired: 10_000 });
    for (const spans of [clean, criticalPath(serialMarks)]) {
      expect(spans[0]).toMatchObject({ stage: 'gate', startMs: 10_000 });
    }
  });

  it('blames the gate when the draft was ready before it', () => {
    const marks = {
      lastVoiced: 0,
      interimUsed: -100,
      draftStarted: -90,
      llmSent: -88,
      llmFirstToken: 60,
      firstClause: 90,
      ttsSent: 91,
      ttsFirstByte: 180,
      endOfTurn: 300,
      sttFinal: 320,
      firstFrameOut: 305,
      firstAudibleOut: 325,
    };
    expect(brief(criticalPath(marks))).toEqual([
      ['gate', 0, 300],
      ['encodeAndPacing', 300, 305],
      ['quietStart', 305, 325],
    ]);
  });

  it('counts of a draft begun before the last voiced frame only what came after it', () => {
    const marks = {
      lastVoiced: 0,
      draftStarted: -90,
      llmSent: -88,
      llmFirstToken: 160,
      firstClause: 190,
      ttsSent: 191,
      ttsFirstByte: 280,
      endOfTurn: 200,
      firstFrameOut: 281,
      firstAudibleOut: 281,
    };
    expect(brief(criticalPath(marks)).slice(0, 2)).toEqual([
      ['languageModel', 0, 160],
      ['firstClause', 160, 190],
    ]);
  });

  it('tells the silence that a voice begins with from pacing', () => {
    const marks = { ...serialMarks, ttsFirstSound: 10_405 };
    expect(brief(criticalPath(marks)).slice(-3)).toEqual([
      ['leadingSilence', 10_402, 10_405],
      ['encodeAndPacing', 10_405, 10_412],
      ['quietStart', 10_412, 10_432],
    ]);
  });

  it('leaves unattributed what an absent mark would explain', () => {
    const { ttsSent: _, ...marks } = serialMarks;
    const spans = criticalPath(marks);
    expect(spans.find(({ to }) => to === 'ttsFirstByte')).toMatchObject({
      stage: 'unattributed',
      from: 'firstClause',
    });
    expect(spans.filter(({ stage }) => stage === 'unattributed')).toHaveLength(1);
  });

  it('does not call a wait pacing while it is unknown when the voice answered', () => {
    const marks = { lastVoiced: 0, endOfTurn: 100, firstFrameOut: 600, firstAudibleOut: 620 };
    expect(brief(criticalPath(marks))).toEqual([
      ['gate', 0, 100],
      ['unattributed', 100, 600],
      ['quietStart', 600, 620],
    ]);
  });

  it('explains nothing when only the two ends are known', () => {
    expect(criticalPath({ lastVoiced: 5, firstAudibleOut: 405 })).toEqual([
      { stage: 'unattributed', from: 'lastVoiced', to: 'firstAudibleOut', startMs: 5, endMs: 405 },
    ]);
  });

  it('is empty without an audible answer, or when it came before the last voiced frame', () => {
    expect(criticalPath({ lastVoiced: 0, endOfTurn: 100 })).toEqual([]);
    expect(criticalPath({ firstAudibleOut: 100 })).toEqual([]);
    expect(criticalPath({ lastVoiced: 100, firstAudibleOut: 100 })).toEqual([]);
  });

  it.each([
    ['serial', false],
    ['speculative', true],
  ])('explains the whole of 2,000 complete %s turns', (_name, speculative) => {
    const random = randomFrom(speculative ? 2 : 1);
    for (let round = 0; round < 2_000; round++) {
      const marks = orderedMarks(random, speculative);
      const spans = criticalPath(marks);
      expectTiling(marks, spans);
      expectHonest(marks, spans);
      expect(spans.filter(({ stage }) => stage === 'unattributed')).toEqual([]);
    }
  });

  it('tiles 5,000 turns with marks missing and out of order', () => {
    const random = randomFrom(3);
    let unattributed = 0;
    for (let round = 0; round < 5_000; round++) {
      const marks = wildMarks(random);
      const spans = criticalPath(marks);
      expectTiling(marks, spans);
      expectHonest(marks, spans);
      unattributed += spans.filter(({ stage }) => stage === 'unattributed').length;
    }
    expect(unattributed).toBeGreaterThan(0);
  });
});
