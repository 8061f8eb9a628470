/** Every query of the dashboard, and every alert, asked of Debian's Prometheus, which is fed by the real bot. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bot, startBot } from '../support/bot.ts';
import { vendorError } from '../support/fake-providers.ts';
import { isInstalled, Prometheus } from './prometheus.ts';

const fileOf = (name: string) => fileURLToPath(new URL(`../../grafana/${name}`, import.meta.url));

interface Panel {
  title: string;
  targets?: { expr: string }[];
}

/** Prometheus looks back so far: the variables of Grafana in time. */
const RANGE = '1m';
const expressions = (
  JSON.parse(readFileSync(fileOf('parley.json'), 'utf8')) as { panels: Panel[] }
).panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));

const ALERTS = ['ParleyAnswersSlowly', 'ParleyMissesTurns', 'ParleyStalls', 'ParleyNotReady'];

const missing = (['prometheus', 'promtool'] as const).filter((name) => !isInstalled(name));
const skips = missing.length > 0 && process.env.CI !== 'true';
if (skips) {
  process.stderr.write(
    `The dashboard is not tested, for want of ${missing.join(' and ')}. Debian has it: apt-get install prometheus\n`,
  );
}

describe.skipIf(skips)('with Prometheus', () => {
  let home = '';
  let bot: Bot;
  let prometheus: Prometheus;

  beforeAll(async () => {
    expect(missing, 'Install what .ci/services would.').toEqual([]);
    home = await mkdtemp(join(tmpdir(), 'parley-prices-'));
    const prices = join(home, 'prices.json');
    const perCall = { perCall: 0.01 };
    await writeFile(
      prices,
      JSON.stringify({
        'fake-stt/*': perCall,
        'fake-llm/*': perCall,
        'fake-tts/*': { perThousandCharacters: 1 },
      }),
    );
    const env = { METRICS_PORT: '0', SPECULATION: 'llm+tts', PRICES_FILE: prices };
    bot = await startBot({ env, loopback: { voiceHeartbeatMs: 100 } });
    const target = new URL(bot.app.metricsUrl!).host;
    prometheus = await Prometheus.start({ target, rules: [fileOf('alerts.yml')] });
    const turns = (count: number) => prometheus.until('sum(parley_turns_total)', count);
    const ada = await bot.joined();
    // A rate is told of what was there before.
    await turns(0);
    await bot.turn(ada);
    bot.fakes.llm.always = { error: vendorError('LLM_DOWN') };
    await bot.turn(ada);
    bot.fakes.llm.always = { text: 'It is noon.' };
    await turns(2);
    await bot.turn(ada);
    await bot.turn(ada);
    await turns(4);
  }, 60_000);
  afterAll(async () => {
    await prometheus?.stop();
    await bot?.stop();
    if (home) await rm(home, { recursive: true, force: true });
  });

  it.each(expressions)('the panel "%s" has data: %s', async (_, expression) => {
    const asked = expression.replaceAll(/\$__(rate_interval|range)/g, RANGE);
    expect(asked).not.toContain('$');
    const series = await prometheus.ask(asked);
    expect(series.length).toBeGreaterThan(0);
    // A stage that only the first turn had has no rate.
    const numbers = series.filter(({ value }) => !Number.isNaN(value));
    expect(numbers.length).toBeGreaterThan(0);
    if (!asked.includes('stage')) expect(numbers).toEqual(series);
  });

  it('counts as the bot does', async () => {
    const [share] = await prometheus.ask('sum(parley_turns_total{outcome="answered"})');
    expect(share?.value).toBe(bot.reports.filter(({ record }) => record.outcome === 'answered').length);
    const [cost] = await prometheus.ask('sum(parley_cost_usd_total)');
    expect(cost?.value).toBeGreaterThan(0);
  });

  it('knows every alert, and none of them rings', async () => {
    await prometheus.until('count(ALERTS{alertstate="firing"}) or vector(0)', 0);
    const alerts = await prometheus.alerts();
    expect(alerts.map(({ name }) => name)).toEqual(ALERTS);
    // "unknown" until it was tried for the first time.
    for (const { health } of alerts) expect(['ok', 'unknown']).toContain(health);
  });

  it('rings for slow answers, missed turns, stalls and a bot that is not ready, and for nothing else', async () => {
    const series = (name: string, values: string) => ({ series: name, values });
    const ofTalk = (fast: number, missed: string, stallMs: number, ready: number) => [
      series('parley_response_gap_milliseconds_bucket{le="500"}', `0+${fast}x40`),
      series('parley_response_gap_milliseconds_bucket{le="600"}', '0+100x40'),
      series('parley_response_gap_milliseconds_bucket{le="+Inf"}', '0+100x40'),
      series('parley_turns_total{outcome="missed"}', missed),
      series('parley_event_loop_delay_milliseconds{statistic="p99"}', `${stallMs}x40`),
      series('parley_ready', `${ready}x40`),
    ];
    const after30Minutes = (input_series: object[], ringing: string[]) => ({
      ...{ interval: '1m', input_series },
      promql_expr_test: [
        {
          ...{ expr: 'sum by (alertname) (ALERTS{alertstate="firing"})', eval_time: '30m' },
          exp_samples: ringing.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
        },
      ],
    });
    const file = join(home, 'alerts.test.yml');
    const tests = [
      after30Minutes(ofTalk(94, '0x28 1x10', 21, 0), ALERTS),
      after30Minutes(ofTalk(96, '0x40', 19, 1), []),
    ];
    await writeFile(file, JSON.stringify({ rule_files: [fileOf('alerts.yml')], tests }));
    const { stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toContain('SUCCESS');
  });

  it('finds no fault in the rules', () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'rules', fileOf('alerts.yml')], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});
