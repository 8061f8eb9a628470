/** Wherever a figure stands beside its budget, both are read as whole milliseconds, and so they are compared. */
import { expect, it } from 'vitest';
import { summaryOf } from '../../commands/latency/now.ts';
import { biggestLever } from '../../src/latency/lever.ts';
import { historySentence } from '../../src/latency/sentences.ts';
import { renderStats } from '../../src/latency/stats.ts';
import { summarise } from '../../src/latency/summary.ts';
import { altText } from '../../src/pictures/alt.ts';
import { waterfallSvg } from '../../src/pictures/waterfall-picture.ts';
import { turn } from './timelines.ts';

const gapOf = (ms: number) =>
  turn({ marks: { lastVoiced: 1_000.1, endOfTurn: 1_190, firstAudibleOut: 1_000.1 + ms } });
const pointOf = (p50Ms: number) => ({
  ...{ fromUnixMs: 0, n: 1, p50Ms, p95Ms: p50Ms, falseCutoffs: 0, missed: 0 },
});

it.each([
  [499.7, true],
  [500, true],
  [500.4, true],
  [500.6, false],
])('a gap of %f ms keeps to 500 ms: %s', (ms, keeps) => {
  const shown = Math.round(ms);
  const record = gapOf(ms);
  const verdict = keeps ? 'within' : 'over';
  expect(summaryOf(record, 500)).toContain(`**${shown} ms** response gap, ${verdict} the budget of 500 ms`);
  expect(altText({ ask: 'waterfall', record, budgetMs: 500 })).toContain(
    `Response gap ${shown} ms, ${verdict} the budget of 500 ms.`,
  );
  expect(waterfallSvg(record, 500)).toContain(
    `>${shown} ms until the answer${keeps ? '' : ', over budget'}<`,
  );
  expect(renderStats(summarise([record], 500))).toContain(`within 500 ms: ${keeps ? 100 : 0} % of 1 answer`);
  expect(historySentence([pointOf(ms)], 'today', 500)).toContain(
    keeps ? 'kept to the budget of 500 ms all the time' : 'over the budget of 500 ms in 1 of 1',
  );
});

it('the lever of a turn that kept to its budget by rounding is the same as of one that kept to it exactly', () => {
  const lever = (ms: number) => {
    const marks = {
      lastVoiced: 0,
      endOfTurn: 200,
      ttsFirstByte: 0,
      firstFrameOut: ms - 20,
      firstAudibleOut: ms,
    };
    return biggestLever(turn({ marks }), 240);
  };
  expect(lever(240.4)).toBe(lever(240));
  expect(lever(240)).toContain('Nothing to gain');
  expect(lever(240.6)).toContain('Biggest lever');
});
