import { describe, expect, it } from 'vitest';
import { TURN_DEFAULTS } from '../../src/turn/defaults.ts';
import { type EventLog, logHeader, logLine, parseEventLog } from '../../src/turn/event-log.ts';
import type { TurnEvent } from '../../src/turn/types.ts';

const EVENTS: readonly TurnEvent[] = [
  { type: 'people', atMs: 0, people: [{ id: 'ann', name: 'Ann' }] },
  { type: 'onset', speakerId: 'ann', atMs: 1_000 },
  { type: 'speechStarted', speakerId: 'ann', atMs: 1_100.25, startedMs: 1_000 },
  { type: 'voiced', speakerId: 'ann', atMs: 1_100.25, voicedMs: 0.1 + 0.2 },
  { type: 'talkEnded', speakerId: 'ann', atMs: 1_200 },
  { type: 'interim', speakerId: 'ann', atMs: 1_300, text: 'two\nlines "and" more', completeness: 'wait' },
  { type: 'final', speakerId: 'ann', atMs: 1_400, text: '' },
  { type: 'recogniserFailed', speakerId: 'ann', atMs: 1_500, code: 'STT_DOWN' },
  { type: 'spoken', turnId: 1, atMs: 1_600, text: 'yes' },
  { type: 'draftFailed', draftId: 1, atMs: 1_700, code: 'LLM_FAILED' },
  { type: 'answerStarted', turnId: 1, atMs: 1_800 },
  { type: 'answerAudible', turnId: 1, atMs: 1_801 },
  { type: 'answerDone', turnId: 1, atMs: 1_802 },
  { type: 'answerFailed', turnId: 1, atMs: 1_803, code: 'X' },
  { type: 'noticeDone', turnId: 1, atMs: 1_804 },
  { type: 'timer', key: 'gate:ann', atMs: 1_805 },
  { type: 'recalled', speakerId: 'ann', atMs: 1_806, pauseMs: 700.5, afterCompleteMs: 250 },
  { type: 'gone', speakerId: 'ann', atMs: 1_806 },
  { type: 'forget', speakerId: 'ann', atMs: 1_807 },
];

const header = logHeader(TURN_DEFAULTS);
const log = (...lines: string[]) => `${[header, ...lines].join('\n')}\n`;
/** A header with options that no version of the program wrote. */
const changed = (options: Record<string, unknown>) =>
  JSON.stringify({ version: 1, options: { ...TURN_DEFAULTS, ...options } });
const onset = (atMs: number) => logLine({ type: 'onset', speakerId: 'ann', atMs });

describe('an event log', () => {
  it('gives back every kind of event, to the last bit', () => {
    const read = parseEventLog(log(...EVENTS.map(logLine)));
    expect(read).toEqual({ options: TURN_DEFAULTS, events: EVENTS, clockJumps: [] });
  });

  it('may have no events', () => {
    expect(parseEventLog(log())).toMatchObject({ events: [] });
  });

  it('tells where its clock goes back, and is read on', () => {
    const read = parseEventLog(log(onset(100), onset(40), onset(50), onset(49.5))) as EventLog;
    expect(read.clockJumps).toEqual([
      { line: 3, byMs: 60 },
      { line: 5, byMs: 0.5 },
    ]);
    expect(read.events).toHaveLength(4);
  });

  it.each([
    ['', 1, 'not JSON'],
    ['what is this', 1, 'not JSON'],
    ['[]', 1, 'not JSON'],
    ['{"version":2}', 1, 'header'],
    ['{"version":1}', 1, 'no options'],
    ['{"version":1,"options":{"gateCompleteMs":"200"}}', 1, 'gateCompleteMs'],
    [log(onset(1), '{"type":"onset","speakerId":"ann","atMs":'), 3, 'not JSON'],
    [log(onset(1), '', onset(2)), 3, 'not JSON'],
    [log('{"type":"dance","atMs":1}'), 2, 'no event "dance"'],
    [log('{"type":"toString","atMs":1}'), 2, 'no event "toString"'],
    [log('{"atMs":1}'), 2, 'no event'],
    [log('{"type":"onset","speakerId":"ann"}'), 2, 'no instant'],
    [log('{"type":"onset","speakerId":"ann","atMs":1e999}'), 2, 'no instant'],
    [log('{"type":"onset","atMs":1}'), 2, 'no proper speakerId'],
    [log('{"type":"voiced","speakerId":"ann","atMs":1,"voicedMs":null}'), 2, 'no proper voicedMs'],
    [log('{"type":"timer","key":"lunch","atMs":1}'), 2, 'no proper key'],
    [log('{"type":"people","people":[{"id":1}],"atMs":1}'), 2, 'no proper people'],
    [
      log('{"type":"interim","speakerId":"ann","text":"a","completeness":"maybe","atMs":1}'),
      2,
      'completeness',
    ],
    [changed({ agentNames: [1, 2] }), 1, 'option agentNames'],
    [changed({ agentNames: 'parley' }), 1, 'option agentNames'],
    [changed({ speculation: 'sideways' }), 1, 'option speculation'],
    [changed({ addressing: 'toString' }), 1, 'option addressing'],
    [changed({ language: 7 }), 1, 'option language'],
    [changed({ earlyCommit: 'yes' }), 1, 'option earlyCommit'],
    [changed({ gateWaitMs: -1 }), 1, 'option gateWaitMs'],
    [header.replace('"gateWaitMs":4000', '"gateWaitMs":1e999'), 1, 'option gateWaitMs'],
  ])('that is corrupt is refused, with its line: %j', (text, line, problem) => {
    const read = parseEventLog(text);
    expect(read).toMatchObject({ line });
    expect(read).toHaveProperty('problem', expect.stringContaining(problem));
  });
});
