/** Tells that a collector takes nothing, once, and once that it does again: not at every export. */
import { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

interface ExportResult {
  /** 0 for success. */
  code: number;
  error?: Error;
}

interface Exporter<Items> {
  export(items: Items, done: (result: ExportResult) => void): void;
}

/** @param what names the items: "traces". */
export function tellOnce<Items>(exporter: Exporter<Items>, what: string, log: Log): void {
  const send = exporter.export.bind(exporter);
  let failing = false;
  exporter.export = (items, done) => {
    send(items, (result) => {
      const failed = result.code !== 0;
      if (failed && !failing) {
        const error = unsent(what, result.error);
        log.warn({ err: error, remedy: error.remedy }, 'the collector takes no telemetry');
      }
      if (!failed && failing) log.info({ what }, 'the collector takes telemetry again');
      failing = failed;
      done(result);
    });
  };
}

const unsent = (what: string, cause: Error | undefined): ParleyError =>
  new ParleyError(`The ${what} could not be sent to the collector`, {
    code: 'COLLECTOR_FAILED',
    remedy:
      'Check OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS, and that the collector runs. Conversations go on without it.',
    retryable: true,
    cause,
  });
