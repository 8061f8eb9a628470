/** What telemetry is asked for: by settings of ours, and by the standard variables of OpenTelemetry. */

export interface TelemetryChoice {
  /** Where `/metrics`, `/healthz` and `/readyz` are served; port 0 is any free one. Null: nowhere. */
  http: { host: string; port: number } | null;
  /** Null: none are sent. Where to and with which headers, the exporter reads from the environment by itself. */
  traces: TraceChoice | null;
  metrics: MetricChoice | null;
  /** What of the standard variables cannot be followed, in whole sentences for the operator. */
  notes: readonly string[];
}

export interface TraceChoice {
  /** Of all turns, 0 to 1. */
  share: number;
  delayMs: number;
  timeoutMs: number;
  queueSize: number;
  batchSize: number;
}

export interface MetricChoice {
  intervalMs: number;
  /** At most the interval. */
  timeoutMs: number;
}
