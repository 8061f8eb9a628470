// @module-tag fault
/** A collector that is down, refuses or never answers: told once, and nothing waits for it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TelemetryChoice } from '../../src/telemetry/choice.ts';
import { startTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import { turn } from '../latency/timelines.ts';
import { type LogLine, recordingLog } from '../support/recording-log.ts';
import { SkippingClock } from '../support/skipping-clock.ts';
import { Collector } from './collector.ts';

const choice: TelemetryChoice = {
  http: null,
  traces: { share: 1, delayMs: 10, timeoutMs: 100, queueSize: 64, batchSize: 16 },
  metrics: { intervalMs: 20, timeoutMs: 20 },
  notes: [],
};
const TOLD = 'the collector takes no telemetry';

let collector: Collector;
let clock: SkippingClock;
let logged: LogLine[];
let telemetry: Telemetry;
let changed: () => void;
beforeEach(async () => {
  collector = await new Collector().listen();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '50');
  clock = new SkippingClock();
  logged = [];
  changed = () => undefined;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await telemetry.stop();
  await collector.close();
});

async function start(): Promise<void> {
  telemetry = await startTelemetry({ choice, clock, log: recordingLog(logged, () => changed()) });
}

async function told(msg: string, count: number): Promise<LogLine[]> {
  const lines = () => logged.filter((line) => line.msg === msg);
  if (lines().length < count) {
    await new Promise<void>((resolve) => {
      changed = () => {
        if (lines().length >= count) resolve();
      };
    });
  }
  return lines();
}

describe.each(['refuses', 'is silent'] as const)('a collector that %s', (mode) => {
  it('is told once for each kind, with a remedy, and once when it is back', async () => {
    collector.mode = mode;
    await start();
    telemetry.onTurn(turn());
    await clock.skip(250);
    await told(TOLD, 2);
    // Many more exports of metrics go the same way.
    const count = collector.bodies.length;
    await collector.until(() => collector.bodies.length > count + 3);
    const lines = await told(TOLD, 2);
    expect(lines.map(({ err }) => (err as { message: string }).message)).toEqual(
      expect.arrayContaining([
        'The metrics could not be sent to the collector',
        'The traces could not be sent to the collector',
      ]),
    );
    expect(lines).toHaveLength(2);
    expect(lines[0]?.remedy).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
    collector.mode = 'takes';
    await told('the collector takes telemetry again', 1);
  });

  it('keeps nobody waiting at the end', async () => {
    collector.mode = mode;
    await start();
    for (let i = 0; i < 500; i++) telemetry.onTurn(turn());
    const stopped = telemetry.stop();
    await clock.skip(2_000);
    await stopped;
    expect(clock.pending).toBe(0);
  });
});

it('a collector that is not there is told, not thrown', async () => {
  const { url } = collector;
  await collector.close();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', url);
  await start();
  const [line] = await told(TOLD, 1);
  expect(JSON.stringify(line?.err)).toContain('ECONNREFUSED');
  collector = await new Collector().listen();
});

describe('a warning of the SDK', () => {
  it.each(['https//voice:hunter2@collector/v1?key=hunter2', "ht'tp://hunter2", '<hunter2>'])(
    'about an address that is none is told with a remedy, and without the address: %s',
    async (address) => {
      vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', address);
      await start();
      const [line] = await told('telemetry address cannot be used', 1);
      expect(line?.remedy).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
      expect(line?.what).toContain('URL');
      expect(JSON.stringify(logged)).not.toContain('hunter2');
    },
  );

  it('about a setting names it, and not its value', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', 'hunter2');
    await start();
    const [line] = await told('telemetry setting cannot be followed', 1);
    expect(line?.what).toContain('OTEL_EXPORTER_OTLP_TIMEOUT');
    expect(JSON.stringify(logged)).not.toContain('hunter2');
  });

  it('about spans that it dropped is no setting', async () => {
    const traces = { ...choice.traces!, queueSize: 4, batchSize: 4 };
    telemetry = await startTelemetry({
      choice: { ...choice, traces, metrics: null },
      ...{ clock, log: recordingLog(logged, () => changed()) },
    });
    // Of a turn, four spans are sent at once, four wait meanwhile, and the rest is lost; the next turn finds room again.
    telemetry.onTurn(turn());
    await clock.skip(250);
    await collector.until(() => collector.spans.length === 8);
    telemetry.onTurn(turn());
    await clock.skip(250);
    const [line] = await told('spans were lost', 1);
    expect(line?.remedy).toContain('OTEL_BSP_MAX_QUEUE_SIZE');
    expect(line?.what).toMatch(/^Dropped \d+ spans/);
  });
});
