/** Those who watch the agent, in a thread of their own: a collector of OTLP, and a Prometheus that asks once a second. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface Watched {
  /** What the collector was sent. */
  exports: number;
  bytes: number;
  /** How often metrics were asked for and given. */
  scrapes: number;
}

const ANSWER_DEADLINE_MS = 10_000;

export class Watcher {
  /** The collector's address. */
  readonly url: string;
  readonly #worker: Worker;

  private constructor(worker: Worker, url: string) {
    this.#worker = worker;
    this.url = url;
  }

  static async start(): Promise<Watcher> {
    const worker = new Worker(new URL('./watcher-worker.ts', import.meta.url));
    const [url] = (await once(worker, 'message', { signal: deadline() })) as [string];
    return new Watcher(worker, url);
  }

  /** Asks there for metrics from now on; null: nowhere. */
  scrape(metricsUrl: string | null): void {
    this.#worker.postMessage({ scrape: metricsUrl });
  }

  async stop(): Promise<Watched> {
    const answer = once(this.#worker, 'message', { signal: deadline() });
    this.#worker.postMessage({ stop: true });
    const [watched] = (await answer) as [Watched];
    await this.#worker.terminate();
    return watched;
  }
}

const deadline = (): AbortSignal => AbortSignal.timeout(ANSWER_DEADLINE_MS);
