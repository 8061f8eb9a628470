/** A collector on this machine that takes OTLP as JSON, keeps what came, and can fail or be slow. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Value {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: number | string;
  doubleValue?: number;
}

interface KeyValue {
  key: string;
  value: Value;
}

/** A span as it was sent, its attributes as plain values. */
export interface SentSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  /** Milliseconds since 1970. */
  startMs: number;
  endMs: number;
  attributes: Record<string, string | number | boolean>;
  failed: boolean;
}

/** A point of a metric as it was sent last. */
export interface SentPoint {
  metric: string;
  attributes: Record<string, string | number | boolean>;
  /** Of a counter or gauge. */
  value?: number;
  /** Of a histogram. */
  count?: number;
  sum?: number;
  buckets?: number[];
  boundaries?: number[];
}

export class Collector {
  readonly spans: SentSpan[] = [];
  /** Those of the newest export. */
  points: SentPoint[] = [];
  /** Of the process, as it was told last. */
  resource: Record<string, string | number | boolean> = {};
  /** Every body as it came. */
  readonly bodies: string[] = [];
  readonly headers: Record<string, unknown>[] = [];
  /** How it answers. */
  mode: 'takes' | 'refuses' | 'is silent' = 'takes';
  readonly #server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((chunks) => {
      this.headers.push(request.headers);
      this.#onBody(request.url ?? '', Buffer.concat(chunks).toString(), response);
    });
  });
  #waiting: { holds: () => boolean; resolve: () => void }[] = [];

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves once `holds` does; it is looked at whenever something came. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => this.#waiting.push({ holds, resolve }));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #onBody(path: string, body: string, response: ServerResponse): void {
    this.bodies.push(body);
    if (this.mode === 'takes') {
      const { resourceSpans = [], resourceMetrics = [] } = JSON.parse(body);
      if (path === '/v1/traces') for (const one of resourceSpans) this.#onSpans(one);
      if (path === '/v1/metrics') for (const one of resourceMetrics) this.#onMetrics(one);
    }
    if (this.mode !== 'is silent')
      response.writeHead(this.mode === 'takes' ? 200 : 400, { 'content-type': 'application/json' }).end('{}');
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ holds }) => !holds());
    for (const one of waiting) if (!this.#waiting.includes(one)) one.resolve();
  }

  #onSpans({ resource, scopeSpans }: { resource: Raw; scopeSpans: { spans: Raw[] }[] }): void {
    this.resource = plain(resource.attributes);
    for (const { startTimeUnixNano, endTimeUnixNano, attributes, status, ...span } of scopeSpans.flatMap(
      ({ spans }) => spans,
    ))
      this.spans.push({
        ...(span as Pick<SentSpan, 'traceId' | 'spanId' | 'parentSpanId' | 'name' | 'kind'>),
        startMs: ofNano(startTimeUnixNano),
        endMs: ofNano(endTimeUnixNano),
        attributes: plain(attributes),
        failed: (status as { code?: number }).code === 2,
      });
  }

  #onMetrics({ scopeMetrics }: { scopeMetrics: { metrics: Raw[] }[] }): void {
    this.points = scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ name, sum, gauge, histogram }) => {
        const { dataPoints = [] } = (sum ?? gauge ?? histogram ?? {}) as { dataPoints?: Raw[] };
        return dataPoints.map((point) => ({
          metric: String(name),
          attributes: plain(point.attributes),
          ...(histogram
            ? {
                count: Number(point.count),
                sum: Number(point.sum),
                buckets: (point.bucketCounts as (number | string)[]).map(Number),
                boundaries: point.explicitBounds as number[],
              }
            : { value: Number(point.asInt ?? point.asDouble) }),
        }));
      });
  }
}

type Raw = Record<string, unknown>;

/** To the microsecond: a double holds no more of such a time. */
const ofNano = (nano: unknown): number => Number((BigInt(String(nano)) + 500n) / 1_000n) / 1_000;

function plain(attributes: unknown): Record<string, string | number | boolean> {
  const entries = ((attributes ?? []) as KeyValue[]).map(({ key, value }) => {
    const { stringValue, boolValue, intValue, doubleValue } = value;
    return [key, stringValue ?? boolValue ?? (intValue === undefined ? doubleValue : Number(intValue))];
  });
  return Object.fromEntries(entries);
}
