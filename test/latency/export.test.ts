/** Exported turns can be read by spreadsheets and scripts, hold no name, and cannot be taken for formulas. */
import { expect, it } from 'vitest';
import { exportTurns } from '../../src/latency/export.ts';
import type { TurnRecord } from '../../src/latency/timeline.ts';
import { orderedMarks, randomFrom, turn } from './timelines.ts';

/** A reader of RFC 4180, written apart from the writer. */
function readCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    if (end === '' && quoted === undefined && plain === '') break;
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\r\n') rows.push([]);
  }
  const [head = [], ...lines] = rows.filter((row) => row.length > 0);
  for (const line of lines) expect(line).toHaveLength(head.length);
  return lines.map((line) => Object.fromEntries(head.map((name, index) => [name, line[index]!])));
}

const texts = (turns: readonly TurnRecord[]) => {
  const { csv, json } = exportTurns(turns, 2_000);
  const decoder = new TextDecoder();
  return { csv: decoder.decode(csv), json: JSON.parse(decoder.decode(json)) as Record<string, unknown>[] };
};

it('says the same in both files, and the waits of a turn add up to its gap', () => {
  const random = randomFrom(5);
  const turns = Array.from({ length: 120 }, () =>
    turn({ marks: orderedMarks(random, true), speculation: 'hit' }),
  );
  const { csv, json } = texts(turns);
  const rows = readCsv(csv);
  expect(rows).toHaveLength(120);
  for (const [index, row] of rows.entries()) {
    const same = Object.fromEntries(
      Object.entries(json[index]!).map(([name, value]) => [name, String(value ?? '')]),
    );
    expect(row).toEqual(same);
    const waited = Object.entries(row).flatMap(([name, ms]) =>
      name.startsWith('waited_') && ms ? [Number(ms)] : [],
    );
    expect(waited.reduce((a, b) => a + b)).toBe(Number(row.responseGapMs));
    expect(row.responseGapMs).toBe(String(Math.round(turns[index]!.marks.firstAudibleOut! - 1_000)));
    expect(row.mark_lastVoicedMs).toBe('0');
  }
});

it('has the figures as they are shown, rounded once', () => {
  const shown = { lastVoiced: 100, endOfTurn: 300.02, sttFinal: 340.04, firstAudibleOut: 498.47 };
  const { json } = texts([turn({ marks: shown })]);
  // Tenths would be 398.5, 198.5 (198.45) and 158.4 (158.43), of which the first two are rounded up once more.
  expect(json[0]).toMatchObject({ responseGapMs: 398, pipelineMs: 198, promptMs: 158 });
  expect(json[0]).toMatchObject({ mark_firstAudibleOutMs: 398.5, mark_endOfTurnMs: 200 });
});

it('tells where the heard words are estimated, and nothing of it where nobody heard any', () => {
  const { csv, json } = texts([turn({ heardEstimated: true }), turn({ heardEstimated: false }), turn()]);
  expect(json.map(({ heardEstimated }) => heardEstimated)).toEqual([true, false, null]);
  expect(readCsv(csv).map(({ heardEstimated }) => heardEstimated)).toEqual(['true', 'false', '']);
});

it('numbers people instead of naming them, and leaves out what is not known', () => {
  const { csv, json } = texts([
    turn({ speakerId: '77' }),
    turn({ speakerId: '88', outcome: 'unanswered', audible: null, marks: {} }),
    turn({ speakerId: '77' }),
  ]);
  expect(json.map(({ speaker }) => speaker)).toEqual([1, 2, 1]);
  expect(json[1]).toMatchObject({ responseGapMs: null, mark_endOfTurnMs: null, costUsd: null });
  expect(csv).not.toMatch(/77|88/);
});

it('gives no number to those who opted out: they are not one person', () => {
  const speakerIds = ['', '77', '', '88'];
  const { csv, json } = texts(speakerIds.map((speakerId) => turn({ speakerId })));
  expect(json.map(({ speaker }) => speaker)).toEqual([null, 1, null, 2]);
  expect(readCsv(csv).map(({ speaker }) => speaker)).toEqual(['', '1', '', '2']);
});

it('keeps what looks like a formula, or holds commas and quotes, a text', () => {
  const providers = { stt: '=HYPERLINK("http://x")', llm: '+1,2', tts: '-3\r\n@' };
  const { csv } = texts([turn({ providers, reason: '@SUM' })]);
  const [row] = readCsv(csv);
  expect(row).toMatchObject({
    stt: `'=HYPERLINK("http://x")`,
    llm: `'+1,2`,
    tts: `'-3\r\n@`,
    reason: `'@SUM`,
  });
});

it('writes a turn before the last voiced frame as a plain negative number', () => {
  const { csv } = texts([turn({ marks: { lastVoiced: 100, llmSent: 12.34 } })]);
  expect(readCsv(csv)[0]).toMatchObject({ mark_llmSentMs: '-87.7' });
});
