/** Watching the agent from outside: traces, metrics, health. Nothing of it is in the way of the voice. */
import type { Clock, Timer } from '../base/clock.ts';
import { toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { TurnRecord } from '../latency/timeline.ts';
import type { TelemetryChoice } from './choice.ts';
import { type EventLoopWatch, watchEventLoop } from './event-loop.ts';
import type { FinishedTurn } from './finished-turn.ts';
import { observeGauges, type RoomReadings } from './gauges.ts';
import { type HttpServer, openHttpServer, type Page } from './http-server.ts';
import { notReady, type ReadinessChecks } from './readiness.ts';
import { loadSdk, type Sdk } from './sdk.ts';
import { createTurnMetrics } from './turn-metrics.ts';
import { traceTurn } from './turn-spans.ts';

export interface TelemetryOptions {
  choice: TelemetryChoice;
  clock: Clock;
  log: Log;
}

/** What can be told once the agent is online. */
export interface TelemetrySources {
  models: FinishedTurn['models'];
  rooms(): RoomReadings;
  checks: ReadinessChecks;
}

export interface Telemetry {
  /** Where `/metrics`, `/healthz` and `/readyz` are; null when they are nowhere. */
  readonly url: string | null;
  attach(sources: TelemetrySources): void;
  /** Called with each turn as it ends; the turn is recorded later. */
  onTurn(record: TurnRecord): void;
  /** Records and sends what is left, within two seconds; never rejects. */
  stop(): Promise<void>;
}

/** The answer has just ended, and somebody may speak the next moment: nothing here is urgent. */
const RECORD_AFTER_MS = 250;
/** One turn takes about a tenth of a millisecond; a heap of them is spread over frames. */
const TURNS_AT_ONCE = 8;
const BETWEEN_HEAPS_MS = 20;
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const STARTING: ReadinessChecks = { discord: () => 'Not logged in yet.' };
const STOPPING: ReadinessChecks = { program: () => 'It is being shut down.' };

const OFF: Telemetry = { url: null, attach() {}, onTurn() {}, stop: async () => {} };

/** Never rejects: what cannot be had is told to the operator, and the agent talks without it. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { choice, clock, log } = options;
  for (const note of choice.notes) log.warn({ remedy: note }, 'telemetry setting cannot be followed');
  if (!choice.http && !choice.traces && !choice.metrics) return OFF;
  try {
    const sdk = await loadSdk({ choice, clock, log });
    const running = new RunningTelemetry(sdk, options);
    await running.serve();
    return running;
  } catch (thrown) {
    const error = toParleyError(thrown, {
      code: 'TELEMETRY_FAILED',
      remedy: 'Run `npm ci`, then start again.',
    });
    log.error({ err: error, remedy: error.remedy }, 'there will be no telemetry');
    return OFF;
  }
}

class RunningTelemetry implements Telemetry {
  readonly #sdk: Sdk;
  readonly #options: TelemetryOptions;
  readonly #eventLoop: EventLoopWatch;
  readonly #count: (turn: FinishedTurn) => void;
  readonly #waiting: FinishedTurn[] = [];
  #timer: Timer | null = null;
  #sources: TelemetrySources | null = null;
  #checks: ReadinessChecks = STARTING;
  #server: HttpServer | null = null;

  constructor(sdk: Sdk, options: TelemetryOptions) {
    this.#sdk = sdk;
    this.#options = options;
    this.#eventLoop = watchEventLoop(options.clock);
    this.#count = createTurnMetrics(sdk.meter);
    observeGauges({
      ...{ meter: sdk.meter, eventLoop: this.#eventLoop },
      isReady: async () => (await this.#problems()).length === 0,
      rooms: () => this.#sources?.rooms() ?? null,
    });
  }

  get url(): string | null {
    return this.#server?.url ?? null;
  }

  attach(sources: TelemetrySources): void {
    this.#sources = sources;
    this.#checks = sources.checks;
  }

  onTurn(record: TurnRecord): void {
    const models = this.#sources?.models ?? record.providers;
    const toUnixMs = record.endedAtUnixMs - this.#options.clock.now();
    this.#waiting.push({ record, toUnixMs, models });
    this.#timer ??= this.#options.clock.setTimer(RECORD_AFTER_MS, () => this.#recordSome());
  }

  /** A port that is taken costs the endpoint, not the agent. */
  async serve(): Promise<void> {
    const { choice, log } = this.#options;
    const { scrape } = this.#sdk;
    if (!choice.http || !scrape) return;
    const pages = {
      '/metrics': async () => ({ status: 200, type: PROMETHEUS_TEXT, text: await scrape() }),
      '/healthz': async () => this.#health(),
      '/readyz': async () => await this.#readiness(),
    };
    try {
      this.#server = await openHttpServer({ ...choice.http, pages, log });
      log.info({ url: this.#server.url }, 'serving /metrics, /healthz and /readyz');
    } catch (thrown) {
      const error = toParleyError(thrown, {
        code: 'METRICS_PORT',
        remedy: 'Check METRICS_HOST and METRICS_PORT.',
      });
      log.error({ err: error, remedy: error.remedy }, 'metrics are not served');
    }
  }

  async stop(): Promise<void> {
    this.#checks = STOPPING;
    this.#timer?.cancel();
    for (const turn of this.#waiting.splice(0)) this.#record(turn);
    await this.#sdk.stop();
    this.#eventLoop.stop();
    await this.#server?.close();
  }

  #recordSome(): void {
    for (const turn of this.#waiting.splice(0, TURNS_AT_ONCE)) this.#record(turn);
    const more = this.#waiting.length > 0;
    this.#timer = more ? this.#options.clock.setTimer(BETWEEN_HEAPS_MS, () => this.#recordSome()) : null;
  }

  #record(turn: FinishedTurn): void {
    const { tracer } = this.#sdk;
    try {
      this.#count(turn);
      if (tracer) traceTurn(tracer, turn);
    } catch (error) {
      this.#options.log.error({ err: error }, 'a turn could not be recorded by telemetry');
    }
  }

  /** That it is answered at all says that the process lives and its event loop turns. */
  #health(): Page {
    const delay = this.#eventLoop.read();
    const stalls =
      delay && `event loop delay: p99 ${delay.p99Ms.toFixed(1)} ms, max ${delay.maxMs.toFixed(1)} ms`;
    return { status: 200, text: `ok\n${stalls ?? 'event loop delay: not known yet'}\n` };
  }

  async #readiness(): Promise<Page> {
    const problems = await this.#problems();
    if (problems.length === 0) return { status: 200, text: 'ready\n' };
    return { status: 503, text: `not ready\n${problems.join('\n')}\n` };
  }

  async #problems(): Promise<string[]> {
    return await notReady(this.#checks, this.#options.clock);
  }
}
