/** A turn's stages stand in the order in which their work is done, whoever shows them. */
import { expect, it } from 'vitest';
import { exportTurns } from '../../src/latency/export.ts';
import { biggestLever } from '../../src/latency/lever.ts';
import { stageRows } from '../../src/latency/stages.ts';
import type { TurnRecord } from '../../src/latency/timeline.ts';
import { altText } from '../../src/pictures/alt.ts';
import { waterfallSvg } from '../../src/pictures/waterfall-picture.ts';
import { serialMarks, turn } from './timelines.ts';

/** Each stage took time; the voice began with 8 ms of silence, and with 30 that were too quiet to hear. */
const marks = {
  ...serialMarks,
  ...{ repaired: 10_020, sttConnected: 10_310, llmConnected: 10_340, ttsConnected: 10_390 },
  ...{ ttsFirstSound: 10_409.6, firstFrameOut: 10_420, firstAudibleOut: 10_450 },
};
const record = turn({ marks });

it('each row of a serial turn begins where the one before it ended', () => {
  const waited = stageRows(record).flatMap((row) => row.waited);
  expect(waited).toHaveLength(13);
  for (const [index, { startMs }] of waited.entries())
    expect(startMs).toBe(index === 0 ? 0 : waited[index - 1]!.endMs);
});

it('what is too quiet to hear is no part of the silence that the voice began with', () => {
  const row = (label: string) => stageRows(record).find((one) => one.label === label);
  expect(row('leading silence')).toMatchObject({ waitedMs: 8, work: { startMs: 402, endMs: 410 } });
  expect(row('encode, pacing')?.waitedMs).toBe(10);
  expect(row('quiet start')).toMatchObject({ waitedMs: 30, work: { startMs: 420, endMs: 450 } });
});

it('the picture and its words have that order', () => {
  const inOrder = /leading silence.*encode, pacing.*quiet start/s;
  expect(altText({ ask: 'waterfall', record, budgetMs: 500 })).toMatch(inOrder);
  expect(waterfallSvg(record, 500)).toMatch(inOrder);
});

it('the lever names what is too quiet to hear', () => {
  const quiet = turn({
    marks: { lastVoiced: 0, endOfTurn: 100, ttsFirstByte: 90, firstFrameOut: 110, firstAudibleOut: 400 },
  });
  expect(biggestLever(quiet, 500)).toMatch(
    /^Biggest lever: the first frames of the voice, too quiet to hear \(290 ms, 270 ms over its share\)\. What helps: /,
  );
});

it('a turn that was stored before is exported with them too', () => {
  // As the store gives it back: JSON, with the marks that there were then.
  const stored = JSON.parse(JSON.stringify(turn())) as TurnRecord;
  const { json } = exportTurns([stored], 1);
  const [row] = JSON.parse(new TextDecoder().decode(json)) as Record<string, unknown>[];
  expect(row).toMatchObject({ waited_encodeAndPacingMs: 10, waited_quietStartMs: 20 });
  expect(row).toMatchObject({ waited_leadingSilenceMs: null, mark_ttsFirstSoundMs: null });
  const columns = Object.keys(row!).filter((name) => name.startsWith('waited_'));
  expect(columns.slice(-4)).toEqual([
    ...['waited_leadingSilenceMs', 'waited_encodeAndPacingMs', 'waited_quietStartMs'],
    'waited_unattributedMs',
  ]);
});
