/** Runs one worker thread: started on demand with a deadline, its death told once, startable again. */
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { ParleyError, toParleyError } from './errors.ts';
import type { Log } from './log.ts';

export type SpawnWorker = (url: URL, options: WorkerOptions) => Worker;

const spawnThread: SpawnWorker = (url, options) => new Worker(url, options);

export interface WorkerHostOptions<Out> {
  url: URL;
  /** Names the worker in errors and logs: "speech recogniser". */
  name: string;
  /** Error code of its death: "STT_WORKER_DIED". */
  diedCode: string;
  /** Handed to the worker; cloned. */
  workerData: unknown;
  clock: Clock;
  log: Log;
  startWithinMs: number;
  /** Every message but the first, which is `{ type: 'ready' }`. */
  onMessage(message: Out): void;
  /** A started worker is gone, and `stop` was not the reason. */
  onDeath(error: ParleyError): void;
  spawn?: SpawnWorker;
}

type State = { is: 'stopped' } | { is: 'starting' | 'running'; worker: Worker; ready: Promise<void> };

export class WorkerHost<In, Out extends { type: string }> {
  readonly #options: WorkerHostOptions<Out>;
  #state: State = { is: 'stopped' };

  constructor(options: WorkerHostOptions<Out>) {
    this.#options = options;
  }

  /** Resolves when the worker said that it is ready. Rejects with a ParleyError when it fails or takes too long. */
  async start(): Promise<void> {
    await (this.#state.is === 'stopped' ? this.#spawn() : this.#state.ready);
  }

  /**
   * A starting worker gets the message once it is ready. Without a worker it is dropped: its death has been told
   * already.
   */
  post(message: In, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#state.is !== 'stopped') this.#state.worker.postMessage(message, transfer);
  }

  /** Kills a worker that no longer answers; `onDeath` is told. */
  kill(why: string): void {
    if (this.#state.is !== 'stopped') this.#died(this.#state.worker, new Error(why));
  }

  async stop(): Promise<void> {
    const state = this.#state;
    this.#state = { is: 'stopped' };
    if (state.is !== 'stopped') await state.worker.terminate();
  }

  #spawn(): Promise<void> {
    const { clock, name, startWithinMs, spawn = spawnThread } = this.#options;
    // No execArgv of ours: the worker file is plain TypeScript that this Node runs as it is.
    const worker = spawn(this.#options.url, { workerData: this.#options.workerData, execArgv: [], name });
    const deadline = {
      clock,
      afterMs: startWithinMs,
      what: `Starting the ${name}`,
      remedy: 'Check that the machine is not overloaded, then try again.',
    };
    const ready = withDeadline(deadline, async () => {
      await new Promise<void>((resolve, reject) => {
        worker.once('message', () => {
          this.#state = { is: 'running', worker, ready };
          resolve();
        });
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`it ended with code ${code}`)));
      });
    }).catch((error: unknown) => {
      if (this.#isCurrent(worker)) this.#state = { is: 'stopped' };
      void worker.terminate();
      throw this.#asParleyError(error, `The ${name} could not start`);
    });
    ready.catch(() => {});
    this.#state = { is: 'starting', worker, ready };
    worker.on('message', (message: Out) => {
      if (message.type !== 'ready' && this.#isCurrent(worker)) this.#options.onMessage(message);
    });
    worker.on('error', (error) => this.#died(worker, error));
    worker.on('exit', (code) => this.#died(worker, new Error(`it ended with code ${code}`)));
    return ready;
  }

  #isCurrent(worker: Worker): boolean {
    return this.#state.is !== 'stopped' && this.#state.worker === worker;
  }

  #died(worker: Worker, cause: unknown): void {
    if (!this.#isCurrent(worker)) return;
    // A worker that dies while it starts is told through `start`.
    if (this.#state.is === 'starting') return;
    this.#state = { is: 'stopped' };
    void worker.terminate();
    const error = this.#asParleyError(cause, `The ${this.#options.name} died`);
    this.#options.log.error({ err: error }, 'a worker died');
    this.#options.onDeath(error);
  }

  #asParleyError(cause: unknown, what: string): ParleyError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof ParleyError) return cause;
    return toParleyError(new Error(`${what}: ${reason}`, { cause }), {
      code: this.#options.diedCode,
      remedy: 'It is restarted on the next use. If it keeps failing, run `npm ci` and start again.',
      retryable: true,
    });
  }
}

/** A worker that several connections share. */
export interface SharedWorker<Connection> {
  readonly host: { start(): Promise<unknown> };
  readonly connections: Set<Connection>;
}

/** Starting takes about 0.4 s on two free cores. */
export const START_WITHIN_MS = 15_000;

/** Adds `connection` once the worker runs; closes it and rejects with a ParleyError when that takes too long. */
export async function connectTo<Connection extends { close(): Promise<void> }>(
  worker: SharedWorker<Connection>,
  connection: Connection,
  { clock, what, signal }: { clock: Clock; what: string; signal: AbortSignal },
): Promise<Connection> {
  const remedy = 'Check that the machine is not overloaded, then try again.';
  worker.connections.add(connection);
  try {
    await withDeadline({ clock, afterMs: START_WITHIN_MS, what, remedy, signal }, () => worker.host.start());
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}
