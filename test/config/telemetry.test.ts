/** What the standard variables of OpenTelemetry ask for, and what is said of those that cannot be followed. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';

const chosen = (env: Record<string, string>) => loadConfig({ DISCORD_TOKEN: 'a.b.c', ...env }).telemetry;
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

describe('what is sent', () => {
  it('is nothing, unless a collector is named', () => {
    expect(chosen({})).toEqual({ http: null, traces: null, metrics: null, notes: [] });
    expect(chosen({ OTEL_SERVICE_NAME: 'parley' })).toMatchObject({ traces: null, metrics: null });
  });

  it('is both kinds when one is named, with the defaults of the standard', () => {
    expect(chosen(ENDPOINT)).toEqual({
      http: null,
      traces: { share: 1, delayMs: 5_000, timeoutMs: 30_000, queueSize: 2_048, batchSize: 128 },
      metrics: { intervalMs: 60_000, timeoutMs: 30_000 },
      notes: [],
    });
  });

  it('is one kind where only that has a collector', () => {
    const traces = chosen({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' });
    expect([traces.traces !== null, traces.metrics]).toEqual([true, null]);
    const metrics = chosen({ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' });
    expect([metrics.traces, metrics.metrics !== null]).toEqual([null, true]);
  });

  it('goes to the default address when it is asked for without one', () => {
    const { traces, metrics } = chosen({ OTEL_TRACES_EXPORTER: 'otlp' });
    expect([traces !== null, metrics]).toEqual([true, null]);
  });

  it('is nothing when the SDK is disabled', () => {
    expect(chosen({ ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE', METRICS_PORT: '9464' })).toMatchObject({
      http: { host: '127.0.0.1', port: 9_464 },
      ...{ traces: null, metrics: null },
    });
  });
});

it('batches, intervals and sampling are as the variables say', () => {
  const { traces, metrics, notes } = chosen({
    ...ENDPOINT,
    ...{ OTEL_BSP_SCHEDULE_DELAY: '200', OTEL_BSP_EXPORT_TIMEOUT: '900', OTEL_BSP_MAX_QUEUE_SIZE: '50' },
    ...{ OTEL_METRIC_EXPORT_INTERVAL: '1000', OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' },
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  });
  expect(traces).toEqual({ share: 0.25, delayMs: 200, timeoutMs: 900, queueSize: 50, batchSize: 50 });
  // The SDK refuses one that is longer than the interval.
  expect(metrics).toEqual({ intervalMs: 1_000, timeoutMs: 1_000 });
  expect(notes).toEqual([]);
});

it.each([
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER names the exporter "zipkin"'],
  [{ OTEL_METRICS_EXPORTER: 'prometheus' }, 'METRICS_PORT'],
  [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'http/json'],
  [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'carrier-pigeon' }, 'http/json'],
  [{ ...ENDPOINT, OTEL_METRIC_EXPORT_INTERVAL: 'soon' }, '60000 is used'],
  [{ ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }, 'from 0 to 1'],
])('says what cannot be followed, and goes on: %j', (env, said) => {
  const { notes } = chosen(env);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain(said);
});

it('has nothing to say of prometheus beside METRICS_PORT', () => {
  expect(chosen({ OTEL_METRICS_EXPORTER: 'otlp,prometheus', METRICS_PORT: '0' }).notes).toEqual([]);
});

describe('METRICS_PORT', () => {
  it('is served on this machine alone unless told otherwise', () => {
    expect(chosen({ METRICS_PORT: '9464' }).http).toEqual({ host: '127.0.0.1', port: 9_464 });
    expect(chosen({ METRICS_PORT: '0', METRICS_HOST: '0.0.0.0' }).http).toEqual({ host: '0.0.0.0', port: 0 });
  });

  it.each(['-1', '65536', '9464.5', 'http'])('refuses %s', (METRICS_PORT) => {
    expect(() => chosen({ METRICS_PORT })).toThrow('METRICS_PORT must be a port from 0 to 65535');
  });
});
