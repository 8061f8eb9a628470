/** Windows of time as people write them, and the points of a history over them. */
import { describe, expect, it } from 'vitest';
import { historySpan, parseWindow, proposeWindows, rangeText } from '../../src/latency/window.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 30);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('parseWindow', () => {
  it.each([
    [null, 7 * DAY, 'the last 7 days'],
    ['last hour', HOUR, 'the last hour'],
    ['The Last 3 Hours', 3 * HOUR, 'the last 3 hours'],
    ['3h', 3 * HOUR, 'the last 3 hours'],
    ['2d', 2 * DAY, 'the last 2 days'],
    ['1.5h', 1.5 * HOUR, 'the last 1.5 hours'],
    ['90 min', 1.5 * HOUR, 'the last 90 minutes'],
    ['past 2 weeks', 14 * DAY, 'the last 2 weeks'],
    ['1 month', 30 * DAY, 'the last month'],
    [' 7 days ', 7 * DAY, 'the last 7 days'],
    ['today', 9.5 * HOUR, 'today (UTC)'],
  ])('reads %j', (text, lengthMs, name) => {
    expect(parseWindow(text, NOW)).toEqual({ sinceUnixMs: NOW - lengthMs, untilUnixMs: NOW + 1, name });
  });

  const at = (...[month, day, hours = 0, minutes = 0]: number[]) =>
    Date.UTC(2026, month!, day, hours, minutes);
  it.each([
    ['yesterday', at(10, 22), at(10, 23), 'yesterday (UTC)'],
    ['2026-11-20', at(10, 20), at(10, 21), '2026-11-20 (UTC)'],
    ['2026-11-20..2026-11-22', at(10, 20), at(10, 23), '2026-11-20 to 2026-11-22 (UTC)'],
    ['2026-11-21 .. 2026-11-23', at(10, 21), NOW + 1, '2026-11-21 to 2026-11-23 (UTC)'],
    [
      '2026-11-20 08:15..2026-11-20T12:00',
      at(10, 20, 8, 15),
      at(10, 20, 12),
      '2026-11-20 08:15 to 2026-11-20 12:00 (UTC)',
    ],
  ])('reads %j, which names its end', (text, sinceUnixMs, untilUnixMs, name) => {
    expect(parseWindow(text, NOW)).toEqual({ sinceUnixMs, untilUnixMs, name });
  });

  it.each([
    ...['2026-11-24', '2026-02-30', '2026-11-22..2026-11-20', '2026-11-20..', '2026-11-20 24:00..2026-11-22'],
    ...['2024-01-01..2026-01-01', '2026-11-20 08:00', '2026-11-01..2026-11-02..2026-11-03'],
  ])('refuses %j', (text) => {
    expect(() => parseWindow(text, NOW)).toThrow(/is no window/);
  });

  it('tells the window before a turn so that it can be typed', () => {
    const text = rangeText(NOW - HOUR, NOW - 59_000);
    expect(text).toBe('2026-11-23 08:30..2026-11-23 09:30');
    expect(parseWindow(text, NOW)).toMatchObject({ sinceUnixMs: NOW - HOUR, untilUnixMs: NOW });
  });

  it.each([
    ['2026-11-2', ['2026-11-23', '2026-11-22', '2026-11-21', '2026-11-20']],
    ['2026-11-21', ['2026-11-21', '2026-11-21..2026-11-23', '2026-11-21..2026-11-22']],
    ['2026-11-21..', ['2026-11-21..2026-11-23', '2026-11-21..2026-11-22']],
    ['yes', ['yesterday']],
  ])('of %j proposes %j', (typed, proposals) => {
    expect(proposeWindows(typed, NOW)).toEqual(proposals);
  });

  it('understands all that it proposes', () => {
    for (const typed of [
      '',
      '1',
      '12',
      '9999',
      'h',
      'la',
      '3h',
      '20',
      '2026-11',
      '2026-11-20',
      '2026-11-20..',
    ]) {
      for (const proposed of proposeWindows(typed, NOW))
        expect(() => parseWindow(proposed, NOW)).not.toThrow();
    }
  });

  it('repeats nothing of a strange window that could be taken for more than text', () => {
    expect(() => parseWindow(`<@1> \`x\` ${'y'.repeat(500)}`, NOW)).toThrow(/^"1 x y{36}" is no window/);
  });
});

describe('historySpan', () => {
  it.each([
    ['1h', 2 * 60_000],
    ['24 hours', 30 * 60_000],
    ['7 days', 6 * HOUR],
    ['30 days', DAY],
    ['366 days', 7 * DAY],
    ['1 minute', 60_000],
  ])('of %s has points of a round width, at most 53 of them', (text, widthMs) => {
    const window = parseWindow(text, NOW);
    const span = historySpan(window);
    expect(span.widthMs).toBe(widthMs);
    expect(span.sinceUnixMs % widthMs).toBe(0);
    expect(span.sinceUnixMs).toBeLessThanOrEqual(window.sinceUnixMs);
    expect((window.untilUnixMs - span.sinceUnixMs) / widthMs).toBeLessThanOrEqual(54);
  });
});
