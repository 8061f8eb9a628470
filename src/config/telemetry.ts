/** From the standard variables of OpenTelemetry to what is sent: nothing, unless a collector is named or asked for. */
import type { MetricChoice, TelemetryChoice, TraceChoice } from '../telemetry/choice.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Signal = 'TRACES' | 'METRICS';

/**
 * Their defaults, but for the batch: a smaller one is turned into JSON in about a millisecond, between two frames of
 * the voice.
 */
const TRACE_DEFAULTS = { share: 1, delayMs: 5_000, timeoutMs: 30_000, queueSize: 2_048, batchSize: 128 };
const METRIC_DEFAULTS = { intervalMs: 60_000, timeoutMs: 30_000 };

/** What cannot be followed is noted and has its default, as the standard wants it; nothing of it stops the program. */
export function telemetryChoice(env: Env, http: TelemetryChoice['http']): TelemetryChoice {
  const notes: string[] = [];
  if (text(env, 'OTEL_SDK_DISABLED').toLowerCase() === 'true')
    return { http, traces: null, metrics: null, notes };
  const traces = isSent(env, 'TRACES', notes) ? traceChoice(env, notes) : null;
  const metrics = isSent(env, 'METRICS', notes) ? metricChoice(env, notes) : null;
  if (!http && exporters(env, 'METRICS').includes('prometheus'))
    notes.push(
      'OTEL_METRICS_EXPORTER names prometheus, which is METRICS_PORT here. Give it a port, such as 9464.',
    );
  if (traces || metrics) noteProtocol(env, notes);
  return { http, traces, metrics, notes };
}

/** The standard would send to this very machine by default; here nothing leaves unless a collector is named. */
function isSent(env: Env, signal: Signal, notes: string[]): boolean {
  const name = `OTEL_${signal}_EXPORTER`;
  const endpoint =
    text(env, 'OTEL_EXPORTER_OTLP_ENDPOINT') || text(env, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`);
  const asked = exporters(env, signal);
  if (asked.length === 0) return endpoint !== '';
  const known = ['otlp', 'none', ...(signal === 'METRICS' ? ['prometheus'] : [])];
  for (const word of asked.filter((word) => !known.includes(word)))
    notes.push(`${name} names the exporter "${word}", which is not there. Choose otlp or none.`);
  return asked.includes('otlp');
}

const exporters = (env: Env, signal: Signal): string[] =>
  text(env, `OTEL_${signal}_EXPORTER`)
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter(Boolean);

function traceChoice(env: Env, notes: string[]): TraceChoice {
  const queueSize = count(env, 'OTEL_BSP_MAX_QUEUE_SIZE', TRACE_DEFAULTS.queueSize, notes);
  return {
    share: share(env, notes),
    delayMs: count(env, 'OTEL_BSP_SCHEDULE_DELAY', TRACE_DEFAULTS.delayMs, notes),
    timeoutMs: count(env, 'OTEL_BSP_EXPORT_TIMEOUT', TRACE_DEFAULTS.timeoutMs, notes),
    queueSize,
    batchSize: Math.min(
      queueSize,
      count(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', TRACE_DEFAULTS.batchSize, notes),
    ),
  };
}

function metricChoice(env: Env, notes: string[]): MetricChoice {
  const intervalMs = count(env, 'OTEL_METRIC_EXPORT_INTERVAL', METRIC_DEFAULTS.intervalMs, notes);
  const timeoutMs = count(env, 'OTEL_METRIC_EXPORT_TIMEOUT', METRIC_DEFAULTS.timeoutMs, notes);
  return { intervalMs, timeoutMs: Math.min(timeoutMs, intervalMs) };
}

/** Every turn begins a trace, so that a sampler with a parent is the same as one without. */
function share(env: Env, notes: string[]): number {
  const sampler = text(env, 'OTEL_TRACES_SAMPLER').replace(/^parentbased_/, '');
  if (sampler === 'always_off') return 0;
  if (sampler === '' || sampler === 'always_on') return 1;
  const given = text(env, 'OTEL_TRACES_SAMPLER_ARG');
  const ratio = given === '' ? 1 : Number(given);
  if (sampler === 'traceidratio' && ratio >= 0 && ratio <= 1) return ratio;
  notes.push(
    'OTEL_TRACES_SAMPLER cannot be followed. Choose always_on, always_off, or traceidratio with an OTEL_TRACES_SAMPLER_ARG from 0 to 1.',
  );
  return TRACE_DEFAULTS.share;
}

function count(env: Env, name: string, otherwise: number, notes: string[]): number {
  const given = text(env, name);
  if (given === '') return otherwise;
  if (/^\d{1,9}$/.test(given) && Number(given) > 0) return Number(given);
  notes.push(`${name} must be a whole number above 0; ${otherwise} is used.`);
  return otherwise;
}

function noteProtocol(env: Env, notes: string[]): void {
  for (const infix of ['', '_TRACES', '_METRICS']) {
    const name = `OTEL_EXPORTER_OTLP${infix}_PROTOCOL`;
    const given = text(env, name);
    if (given === 'grpc')
      notes.push(`${name}=grpc is not there. Use http/json, and the collector's port for HTTP (4318).`);
    else if (given !== '' && !given.startsWith('http/')) notes.push(`${name} is not known. Use http/json.`);
  }
}

const text = (env: Env, name: string): string => env[name]?.trim() ?? '';
