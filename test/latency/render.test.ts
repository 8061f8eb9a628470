/** What /latency shows fits Discord and a phone, adds up, and says "–" where nothing is known. */
import { describe, expect, it } from 'vitest';
import { renderStats } from '../../src/latency/stats.ts';
import { summarise } from '../../src/latency/summary.ts';
import { renderWaterfall } from '../../src/latency/waterfall.ts';
import { NO_USAGE } from '../../src/money/usage.ts';
import { orderedMarks, randomFrom, serialMarks, turn, wildMarks } from './timelines.ts';

const lines = (text: string) => text.split('\n').slice(1, -1);
/** The row of that label, split into its bar and its figure. */
function row(text: string, label: string): { bar: string; figure: string } {
  const found = lines(text).find((line) => line.startsWith(label.padEnd(16)));
  if (found === undefined) throw new Error(`no row ${label} in\n${text}`);
  return { bar: found.slice(16, 37), figure: found.slice(37).trim() };
}

/** The sum of all figures that stand without brackets, but for the total. */
function sumOfWaits(text: string): number {
  const figures = lines(text).flatMap((line) => /^(?!total|answered).{37} *(-?\d+)$/.exec(line)?.[1] ?? []);
  return figures.reduce((sum, one) => sum + Number(one), 0);
}

describe('renderWaterfall', () => {
  it('draws a serial turn as stairs that add up to the total', () => {
    expect(renderWaterfall(turn())).toBe(
      [
        '```',
        'answered',
        '                0                500│    ms',
        'end of turn     ████████████        │   300',
        'speech to text              █       │    30',
        'dispatch                     █      │     1',
        'language model               █      │    19',
        'first clause                  █     │    12',
        'text to speech                ██    │    40',
        'encode, pacing                  █   │    10',
        'quiet start                     █   │    20',
        'total                               │   432',
        '█ waited for   ░ meanwhile, not added',
        '```',
      ].join('\n'),
    );
  });

  it('has a row for connections that had to be opened, where there was one', () => {
    const text = renderWaterfall(
      turn({ marks: { ...serialMarks, llmConnected: 10_341, ttsConnected: 10_382 } }),
    );
    expect(row(text, 'model connect').figure).toBe('10');
    expect(row(text, 'voice connect').figure).toBe('20');
    expect(row(text, 'language model').figure).toBe('9');
    expect(row(text, 'text to speech').figure).toBe('20');
    expect(sumOfWaits(text)).toBe(Number(row(text, 'total').figure));
    expect(renderWaterfall(turn())).not.toContain('connect');
  });

  it('draws what went on behind the gate in light, and does not add it', () => {
    const marks = {
      lastVoiced: 0,
      llmSent: -88,
      llmFirstToken: 60,
      firstClause: 90,
      ttsSent: 91,
      ttsFirstByte: 180,
      endOfTurn: 300,
      firstFrameOut: 305,
      firstAudibleOut: 325,
    };
    const text = renderWaterfall(turn({ marks, speculation: 'hit' }));
    expect(row(text, 'language model')).toEqual({ bar: '░░                  │', figure: '(148)' });
    expect(row(text, 'end of turn').figure).toBe('300');
    expect(row(text, 'speech to text').figure).toBe('–');
    expect(row(text, 'total').figure).toBe('325');
    expect(sumOfWaits(text)).toBe(325);
    expect(text).toContain('answered, prepared ahead');
  });

  it('has a row for the repair of a bad network, in front, where there was one', () => {
    const text = renderWaterfall(turn({ marks: { ...serialMarks, repaired: 10_040 } }));
    expect(lines(text).slice(2, 4)).toEqual([
      'receive repair  ██                  │    40',
      'end of turn       ██████████        │   260',
    ]);
    expect(sumOfWaits(text)).toBe(432);
    expect(renderWaterfall(turn({ marks: { ...serialMarks, repaired: 10_000 } }))).toBe(
      renderWaterfall(turn()),
    );
  });

  it('shows the repair of an unanswered turn too', () => {
    const marks = { lastVoiced: 0, repaired: 60, endOfTurn: 300 };
    const text = renderWaterfall(
      turn({ marks, outcome: 'unanswered', reason: 'LLM_TIMEOUT', audible: null }),
    );
    expect(row(text, 'receive repair').figure).toBe('(60)');
    expect(row(text, 'end of turn').figure).toBe('(240)');
  });

  it('moves the mark of the budget when the turn took longer', () => {
    const marks = { ...serialMarks, firstFrameOut: 10_980, firstAudibleOut: 11_000 };
    const text = renderWaterfall(turn({ marks }), { budgetMs: 500 });
    expect(lines(text)[1]).toBe('                0      500│              ms');
    expect(row(text, 'total').bar.indexOf('│')).toBe(10);
  });

  it('shows an unanswered turn with its reason, its known work and no total', () => {
    const marks = { lastVoiced: 0, endOfTurn: 300, sttFinal: 330, firstAudibleOut: 2_300 };
    const text = renderWaterfall(
      turn({ marks, outcome: 'unanswered', reason: 'LLM_TIMEOUT', audible: 'notice' }),
    );
    expect(lines(text)[0]).toBe('unanswered, LLM_TIMEOUT, said so');
    expect(row(text, 'end of turn').figure).toBe('(300)');
    expect(row(text, 'total').figure).toBe('–');
    expect(text.replace('█ waited for', '')).not.toContain('█');
  });

  it('says when the speaker was cut off', () => {
    expect(lines(renderWaterfall(turn({ falseCutoff: true })))[0]).toBe('answered, cut the speaker off');
  });

  it('knows nothing of a turn without marks', () => {
    const text = renderWaterfall(turn({ marks: {}, audible: null, outcome: 'missed' }));
    for (const label of ['end of turn', 'language model', 'total']) expect(row(text, label).figure).toBe('–');
  });

  it('fits and adds up, whatever the marks', () => {
    const random = randomFrom(5);
    for (let round = 0; round < 1_500; round++) {
      const marks = round % 3 === 0 ? wildMarks(random) : orderedMarks(random, round % 3 === 1);
      const text = renderWaterfall(turn({ marks, reason: 'A_LONG_REASON'.repeat(8) }), {
        budgetMs: 50 + Math.round(random() * 2_000),
      });
      expect(text.length).toBeLessThanOrEqual(1_900);
      for (const line of lines(text)) expect(line.length, line).toBeLessThanOrEqual(43);
      const total = row(text, 'total').figure;
      if (Number(total) > 0) expect(sumOfWaits(text)).toBe(Number(total));
    }
  });
});

describe('renderStats', () => {
  const unanswered = turn({ outcome: 'unanswered', reason: 'LLM_TIMEOUT', audible: 'notice', marks: {} });

  it('puts percentiles beside the published budget, and always how the turns ended', () => {
    const text = renderStats(summarise([turn(), turn({ falseCutoff: true }), turn(), unanswered]), {
      budgetMs: 500,
      pingMs: 24.4,
    });
    expect(text).toBe(
      [
        '```',
        '4 turns: 3 answered',
        '1 unanswered, 0 missed',
        'within 500 ms: 100 % of 3 answers',
        'false cut-offs: 1 (25.0 % of turns)',
        'false barge-ins: 0, repeats: 0',
        'drafts used: –',
        '  1 × LLM_TIMEOUT',
        '',
        'ms              p50  p90  p95  p99    n  budget',
        'response gap    432  432  432  432    3    ≤500',
        'pipeline        132  132  132  132    3',
        'prompt          102  102  102  102    3',
        'end of turn     300  300  300  300    3',
        'speech to text   30   30   30   30    3  50–150',
        'language model   19   19   19   19    3 150–300',
        'first clause     12   12   12   12    3',
        'text to speech   39   39   39   39    3 100–200',
        'network ping     24   24   24   24    1  20–100',
        '```',
      ].join('\n'),
    );
  });

  it('tells what turns and the day cost, where that is counted', () => {
    const usage = { ...NO_USAGE, characters: 100 };
    const cost = (usd: number | null) => turn({ cost: { usage, usd } });
    const paid = renderStats(summarise([cost(0.004), cost(0.002)]), { today: { usd: 0.006, capUsd: 1.5 } });
    expect(paid).toContain('\ncost a turn: $0.0030 (mean of 2)\ncost today: $0.0060 of at most $1.50\n');
    const unknown = renderStats(summarise([cost(0.004), cost(null)]), { today: { usd: null, capUsd: null } });
    expect(unknown).toContain('\ncost a turn: – (mean of 2)\ncost today: –\n');
    expect(renderStats(summarise([turn()]))).not.toContain('cost');
    expect(renderStats(summarise([cost(0.00001)]))).toContain('cost a turn: <$0.0001 (mean of 1)');
  });

  it('has a row for the repair of a bad network where there was one', () => {
    const repaired = (ms: number) => turn({ marks: { ...serialMarks, repaired: 10_000 + ms } });
    const text = renderStats(summarise([repaired(0), repaired(0), repaired(40), turn()]));
    expect(text).toContain('receive repair    0   40   40   40    3\n');
    expect(renderStats(summarise([repaired(0), turn()]))).not.toContain('repair');
  });

  it('shows dashes, never zeros, for what was not measured', () => {
    const text = renderStats(summarise([unanswered]));
    expect(text).toContain('response gap      –    –    –    –    0    ≤500');
    expect(text).toContain('network ping      –    –    –    –    0  20–100');
    expect(renderStats(summarise([]))).toContain('false cut-offs: 0 (–)');
  });

  it('fits Discord however many reasons there are', () => {
    const turns = Array.from({ length: 100 }, (_, index) =>
      turn({ outcome: 'unanswered', reason: `${'REASON_'.repeat(12)}${index}`, audible: null, marks: {} }),
    );
    const text = renderStats(summarise(turns), { budgetMs: 10_000, pingMs: 99_999 });
    expect(text.length).toBeLessThanOrEqual(1_900);
    for (const line of lines(text)) expect(line.length, line).toBeLessThanOrEqual(48);
    expect(text).toContain('and 94 more kinds');
  });
});
