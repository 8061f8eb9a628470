/** Pictures show what they should, text included, and say the same in words. */
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { summarise } from '../../src/latency/summary.ts';
import { altText } from '../../src/pictures/alt.ts';
import { draw } from '../../src/pictures/draw.ts';
import { FONT_FILES, fitted, inTwoLines, textWidth } from '../../src/pictures/font.ts';
import { historySvg } from '../../src/pictures/history-picture.ts';
import { MARGIN, WIDTH } from '../../src/pictures/look.ts';
import { comparisonSvg, percentileSvg } from '../../src/pictures/percentile-picture.ts';
import type { Subject } from '../../src/pictures/picture.ts';
import { text } from '../../src/pictures/svg.ts';
import { waterfallSvg } from '../../src/pictures/waterfall-picture.ts';
import { randomFrom, serialMarks, turn, wildMarks } from '../latency/timelines.ts';
import { readPng } from '../support/png.ts';

const HOUR = 3_600_000;
const speculative = turn({
  speculation: 'hit',
  marks: {
    ...{ lastVoiced: 0, draftStarted: -90, llmSent: -88, llmFirstToken: 60, firstClause: 90, ttsSent: 91 },
    ...{ ttsFirstByte: 180, endOfTurn: 300, firstFrameOut: 305, firstAudibleOut: 325 },
  },
});
const summary = summarise([turn(), speculative, turn({ falseCutoff: true })]);
const span = { sinceUnixMs: 0, untilUnixMs: 24 * HOUR, widthMs: HOUR };
const point = (hour: number, p50Ms: number | null) => ({
  ...{ fromUnixMs: hour * HOUR, n: 12, p50Ms, p95Ms: p50Ms && p50Ms * 1.5, falseCutoffs: 0, missed: 0 },
});
const points = [point(0, 400), point(1, 420), point(5, null), point(9, 380)];

/** Text elements of an SVG: where they are anchored, and what they say. */
const textsOf = (svg: string) =>
  [
    ...svg.matchAll(
      /<text x="([-\d.]+)" y="([-\d.]+)" text-anchor="(\w+)"[^>]*font-size="(\d+)"( font-weight)?[^>]*>([^<]*)</g,
    ),
  ].map(([, x, y, anchor, size, weight, content]) => ({
    x: Number(x),
    y: Number(y),
    anchor,
    size: Number(size),
    bold: weight !== undefined,
    content: content!,
  }));
const wordsOf = (svg: string) => textsOf(svg).map(({ content }) => content);

/** Where titles stand, in pixels. */
const TITLE = { left: 40, top: 40, right: 640, bottom: 100 };

describe('a drawn picture', () => {
  it('is a PNG three times as wide as a phone, with its text', () => {
    const { png, alt } = draw({ ask: 'waterfall', record: turn(), budgetMs: 500 });
    const picture = readPng(png);
    expect(picture.width).toBe(1_200);
    // The title and the labels; without a font they vanish, and nothing else there is bright.
    expect(picture.bright(TITLE)).toBeGreaterThan(0.02);
    expect(picture.bright({ left: 40, top: 225, right: 330, bottom: 600 })).toBeGreaterThan(0.02);
    expect(alt).toContain('Response gap 432 ms');
    expect(png.length).toBeLessThan(200_000);
  });

  it.each<[Subject['ask'], Subject]>([
    ['percentiles', { ask: 'percentiles', summary, budgetMs: 500, over: 'the last hour' }],
    [
      'comparison',
      { ask: 'comparison', groups: [{ name: '1', summary }], budgetMs: 500, over: 'the last hour' },
    ],
    ['history', { ask: 'history', points, span, budgetMs: 500, over: 'the last day' }],
  ])('of %s has its text too', (_, subject) => {
    const picture = readPng(draw(subject).png);
    expect(picture.width).toBe(1_200);
    expect(picture.bright(TITLE)).toBeGreaterThan(0.02);
  });
});

describe('the waterfall', () => {
  it('has a row a stage in the order of work, its figures, the total and the budget', () => {
    const words = wordsOf(waterfallSvg(turn(), 500));
    const labels = [
      'end of turn',
      'speech to text',
      'dispatch',
      'language model',
      'first clause',
      'text to speech',
    ];
    expect(words.filter((word) => labels.includes(word))).toEqual(labels);
    expect(words).toEqual(
      expect.arrayContaining(['432 ms until the answer', '300', 'total', '432', 'budget 500 ms']),
    );
  });

  it('draws what was prepared under the gate, in stripes, with its figure in brackets', () => {
    const svg = waterfallSvg(speculative, 500);
    expect(wordsOf(svg)).toEqual(expect.arrayContaining(['(148)', '(30)', '(89)', '300', '325']));
    const box = (fill: string) => {
      const [, x, width] = new RegExp(
        `<rect x="([-\\d.]+)" y="[\\d.]+" width="([\\d.]+)"[^>]*fill="${fill}"`,
      ).exec(svg)!;
      return { from: Number(x), to: Number(x) + Number(width) };
    };
    const gate = box('#56b4e9');
    const model = box('url\\(#orange\\)');
    const voice = box('url\\(#green\\)');
    expect(model.from).toBeLessThan(gate.from);
    expect(model.to).toBeGreaterThan(gate.from);
    expect(voice.to).toBeLessThan(gate.to);
  });

  it('draws what took no time at the very left too', () => {
    const marks = { ...{ lastVoiced: 0, llmSent: -100, llmFirstToken: -100 }, endOfTurn: 200 };
    const answered = { firstFrameOut: 205, firstAudibleOut: 205 };
    const svg = waterfallSvg(turn({ speculation: 'hit', marks: { ...marks, ...answered } }), 500);
    expect(svg).toMatch(/<rect [^>]*width="1.5"[^>]*fill="url\(#orange\)"/);
  });

  it('says when the turn was over its budget, cut somebody off, or had no answer', () => {
    const late = turn({ falseCutoff: true, marks: { ...serialMarks, firstAudibleOut: 15_000 } });
    const words = wordsOf(waterfallSvg(late, 500));
    expect(words).toContain('5000 ms until the answer, over budget');
    expect(words).toContain('answered, cut the speaker off');
    const none = turn({ outcome: 'unanswered', reason: 'LLM_TIMEOUT', audible: null, marks: {} });
    expect(wordsOf(waterfallSvg(none, 500))).toEqual(expect.arrayContaining(['No answer was heard', '–']));
  });
});

describe('the percentiles', () => {
  it('have their axis just below the last bar', () => {
    const svg = percentileSvg(summary, 500, 'today');
    const bars = [...svg.matchAll(/<rect x="14" y="([\d.]+)" width="[\d.]+" height="12"/g)];
    const lastBar = Math.max(...bars.map(([, y]) => Number(y) + 12));
    const axis = textsOf(svg).filter(({ content }) => ['0', '200', '400', '600'].includes(content));
    expect(axis.map(({ content }) => content)).toEqual(['0', '200', '400', '600']);
    for (const { y, size } of axis) {
      expect(y - size).toBeGreaterThan(lastBar);
      expect(y - size).toBeLessThan(lastBar + 20);
    }
  });
});

describe('every picture', () => {
  const random = randomFrom(11);
  const wild = Array.from({ length: 60 }, (_, index) =>
    turn({
      marks: wildMarks(random),
      outcome: index % 3 === 0 ? 'unanswered' : 'answered',
      reason: index % 3 === 0 ? 'A_REASON_'.repeat(20) : null,
      providers: { stt: 'W'.repeat(80), llm: 'm', tts: '' },
    }),
  );
  const pictures: [string, string][] = [
    ...wild.map((record, index): [string, string] => [`waterfall ${index}`, waterfallSvg(record, 500)]),
    ['a waterfall without marks', waterfallSvg(turn({ marks: {} }), 500)],
    ['a waterfall of an hour', waterfallSvg(turn({ marks: { lastVoiced: 0, firstAudibleOut: HOUR } }), 500)],
    ['a waterfall with a budget of a minute', waterfallSvg(turn(), 60_000)],
    ['percentiles', percentileSvg(summary, 500, 'the last hour')],
    ['percentiles of nothing', percentileSvg(summarise([]), 500, 'W'.repeat(200))],
    ['percentiles of wild turns', percentileSvg(summarise(wild), 500, 'today')],
    ['a comparison of none', comparisonSvg([], 500, 'today')],
    [
      'a comparison',
      comparisonSvg(
        [
          { name: 'W'.repeat(90), summary },
          { name: '2', summary: summarise([]) },
        ],
        500,
        'today',
      ),
    ],
    ['a history', historySvg(points, span, 500, 'today')],
    ['a history of nothing', historySvg([], span, 500, 'today')],
    ['a history of one point', historySvg([point(23, 5_000)], span, 500, 'today')],
    [
      'a history of a minute',
      historySvg(
        [{ ...point(0, 10), n: 1_000_000 }],
        { ...span, untilUnixMs: 60_000, widthMs: 60_000 },
        500,
        'x',
      ),
    ],
    [
      'a history of a year',
      historySvg([point(0, 10)], { ...span, untilUnixMs: 366 * 24 * HOUR, widthMs: 168 * HOUR }, 500, 'x'),
    ],
  ];

  it.each(pictures)('is whole: %s', (_, svg) => {
    const height = Number(/height="([\d.]+)"/.exec(svg)![1]);
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
    for (const { x, y, anchor, size, bold, content } of textsOf(svg)) {
      // At the width of a phone a unit is a pixel: less than 11 of them cannot be read.
      expect(size, content).toBeGreaterThanOrEqual(11);
      const width = textWidth(content, size, bold);
      const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
      expect(left, content).toBeGreaterThanOrEqual(MARGIN - 1);
      expect(left + width, content).toBeLessThanOrEqual(WIDTH - MARGIN + 1);
      expect(y, content).toBeLessThan(height);
    }
    for (const [, x, width] of svg.matchAll(/<rect x="([-\d.]+)" y="[-\d.]+" width="([\d.]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x) + Number(width)).toBeLessThanOrEqual(401);
    }
  });

  it('takes only text that XML can hold', () => {
    expect(text(0, 0, 'a<b>&"\u0000\n')).toContain('>a&lt;b&gt;&amp;&quot;</text>');
  });
});

describe('text', () => {
  it.each([
    ['The quick brown fox jumps over the lazy dog, 0123456789', 400],
    ['last 15 minutes: 8 turns, 100 % in budget, 0 cut off, 0 missed', 400],
    ['5000 ms until the answer, over budget', 600],
    ['WAVE To iii|||lll ··· –– …', 600],
    ['Zoë Ångström', 400],
  ])('is as wide as it is measured: %s', (content, weight) => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9000" height="200"><text y="120" font-family="Inter" font-weight="${weight}" font-size="100">${content}</text></svg>`;
    const font = { loadSystemFonts: false, fontFiles: [...FONT_FILES], defaultFontFamily: 'Inter' };
    const drawn = new Resvg(svg, { font }).getBBox()!;
    // What is drawn begins and ends a little within the first and the last letter, and pairs move together.
    const measured = textWidth(content, 100, weight === 600);
    expect(drawn.width / measured).toBeGreaterThan(0.96);
    expect(drawn.width / measured).toBeLessThan(1.01);
  });

  it('that does not fit is cut at the last letter that does', () => {
    expect(fitted('short', 100, 12)).toBe('short');
    const cut = fitted('W'.repeat(100), 100, 12);
    expect(cut).toMatch(/^W+…$/);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(100);
    expect(textWidth(`W${cut}`, 12)).toBeGreaterThan(100);
  });

  it('goes on in a second line, broken between words', () => {
    const words = 'one two three four five six seven eight nine ten';
    const lines = inTwoLines(words, 150, 12);
    expect(lines).toHaveLength(2);
    expect(lines.join(' ')).toBe(words);
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(150);
    expect(inTwoLines(words, 400, 12)).toEqual([words]);
    expect(inTwoLines(`${words} ${words}`, 150, 12)[1]).toMatch(/…$/);
  });

  it.each([
    ['the last 15 minutes', 8],
    ['the last 365 days', 123_456],
  ])('below the title is never cut: %s', (over, n) => {
    const svg = percentileSvg({ ...summary, n, falseCutoffs: n, missed: n }, 500, over);
    const all = `${over.slice(4)}: ${n} turns, 100 % in budget, ${n} cut off, ${n} missed`;
    const under = textsOf(svg).filter(({ y, content }) => y > 40 && y < 66 && content !== '');
    const lines = under.filter(({ content }) => all.includes(content)).map(({ content }) => content);
    expect(lines.join(' ')).toBe(all);
  });

  it('below it moves down what comes next', () => {
    const height = (over: string) => Number(/height="([\d.]+)"/.exec(percentileSvg(summary, 500, over))![1]);
    expect(height('W'.repeat(20).concat(' ').repeat(3))).toBe(height('today') + 15);
  });
});

describe('the words of a picture', () => {
  it('say what a waterfall shows, without adding what cost no time', () => {
    expect(altText({ ask: 'waterfall', record: speculative, budgetMs: 500 })).toBe(
      'Waterfall of one turn: answered, prepared ahead. Response gap 325 ms, within the budget of 500 ms. ' +
        'Waited for, one after the other: end of turn 300 ms, encode, pacing 5 ms, quiet start 20 ms. ' +
        'Meanwhile, costing no time: language model 148 ms, first clause 30 ms, text to speech 89 ms.',
    );
  });

  it('say the percentiles with the quality beside them', () => {
    const words = altText({ ask: 'percentiles', summary, budgetMs: 500, over: 'the last hour' });
    expect(words).toMatch(
      /^Percentiles of the last hour: 3 turns, 1 cut off too early, 0 missed\. Response gap p50 432 ms/,
    );
    expect(words).toContain('Speech to text p50 30 ms');
  });

  it('say how a history went, also without an answer', () => {
    const words = altText({ ask: 'history', points, span, budgetMs: 500, over: 'today' });
    expect(words).toContain('48 turns, budget 500 ms. The median lies between 380 ms and 420 ms');
    const none = altText({ ask: 'history', points: [point(5, null)], span, budgetMs: 500, over: 'today' });
    expect(none).toBe('Response gap over today: 12 turns, none with an answer.');
  });

  it('are never longer than Discord takes', () => {
    const groups = Array.from({ length: 60 }, () => ({ name: 'x'.repeat(40), summary }));
    const words = altText({ ask: 'comparison', groups, budgetMs: 500, over: 'today' });
    expect(words).toHaveLength(1_024);
  });
});
