/** The SDK of OpenTelemetry, of which nothing is loaded before this is called. */
import { diag, type Meter, type Tracer } from '@opentelemetry/api';
import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import type { Log } from '../base/log.ts';
import type { MetricChoice, TelemetryChoice, TraceChoice } from './choice.ts';
import { tellOnce } from './collector-watch.ts';
import { listenToSdk } from './sdk-warnings.ts';

export interface Sdk {
  meter: Meter;
  /** Null when no traces are sent. */
  tracer: Tracer | null;
  /** All metrics as Prometheus reads them; null when nobody may ask. */
  scrape: (() => Promise<string>) | null;
  /** Sends what is left, within a deadline; never rejects. */
  stop(): Promise<void>;
}

export interface SdkOptions {
  choice: Pick<TelemetryChoice, 'http' | 'traces' | 'metrics'>;
  clock: Clock;
  log: Log;
}

const SCOPE = 'parley';
/** The program has 5 s to end, and leaves the channels meanwhile. */
const STOP_WITHIN_MS = 2_000;

interface Stoppable {
  shutdown(): Promise<void>;
}

/** Rejects when a package is missing. */
export async function loadSdk({ choice, clock, log }: SdkOptions): Promise<Sdk> {
  listenToSdk(log);
  const resource = await describeProcess();
  const prometheus = choice.http ? await loadPrometheus() : null;
  const pushed = choice.metrics ? await loadPush(choice.metrics, log) : null;
  const { MeterProvider } = await import('@opentelemetry/sdk-metrics');
  const readers = [prometheus?.reader, pushed].filter((reader): reader is IMetricReader => Boolean(reader));
  const meters = new MeterProvider({ resource, readers });
  const tracers = choice.traces ? await loadTracers(choice.traces, resource, log) : null;
  const parts: Stoppable[] = tracers ? [meters, tracers] : [meters];
  return {
    meter: meters.getMeter(SCOPE),
    tracer: tracers?.getTracer(SCOPE) ?? null,
    scrape: prometheus?.scrape ?? null,
    async stop() {
      const what = 'sending the last telemetry';
      const remedy = 'Check that the collector runs; what it did not take is lost.';
      const deadline = { clock, afterMs: STOP_WITHIN_MS, what, remedy };
      // Failures of a collector were told when they began.
      const ended = async () => void (await Promise.allSettled(parts.map((part) => part.shutdown())));
      await withDeadline(deadline, ended).catch((error: unknown) =>
        log.warn({ err: error }, 'telemetry was cut off'),
      );
      diag.disable();
    },
  };
}

/** No host, user or command line: these tell of the operator. */
async function describeProcess(): Promise<Resource> {
  const resources = await import('@opentelemetry/resources');
  const { defaultResource, detectResources, resourceFromAttributes } = resources;
  const { resourceAttributesEnvDetector, serviceInstanceIdDetector, serviceNameEnvDetector } = resources;
  return defaultResource()
    .merge(resourceFromAttributes({ 'service.name': 'parley' }))
    .merge(
      detectResources({
        detectors: [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector],
      }),
    );
}

async function loadPrometheus(): Promise<{ reader: PrometheusExporter; scrape: () => Promise<string> }> {
  const { PrometheusExporter, PrometheusSerializer } = await import('@opentelemetry/exporter-prometheus');
  // Only collects: the server is ours, which says more than metrics.
  const reader = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  return {
    reader,
    scrape: async () => serializer.serialize((await reader.collect()).resourceMetrics),
  };
}

async function loadPush({ intervalMs, timeoutMs }: MetricChoice, log: Log): Promise<IMetricReader> {
  const { PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
  const exporter = new OTLPMetricExporter();
  tellOnce(exporter, 'metrics', log);
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
  });
}

async function loadTracers(choice: TraceChoice, resource: Resource, log: Log) {
  const { BatchSpanProcessor, TraceIdRatioBasedSampler, TracerProvider, ParentBasedSampler } = await import(
    '@opentelemetry/sdk-trace'
  );
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const exporter = new OTLPTraceExporter();
  tellOnce(exporter, 'traces', log);
  return new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(choice.share) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: choice.delayMs,
        exportTimeoutMillis: choice.timeoutMs,
        maxQueueSize: choice.queueSize,
        maxExportBatchSize: choice.batchSize,
      }),
    ],
  });
}
