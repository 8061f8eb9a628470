/** A Discord with one listener in a thread of its own: what the bot's thread does cannot delay its clock. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Sent once the loopback is up. */
export interface FarSideReady {
  apiUrl: string;
  token: string;
  caPem: string;
  guildId: string;
  channelId: string;
}

/** One frame of the bot as the listener got it, by the clock that all threads share (process.hrtime, in ms). */
export interface HeardFrame {
  atMs: number;
  silence: boolean;
}

/** Milliseconds by a clock that is the same in every thread of the process. */
export const sharedNowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const ANSWER_DEADLINE_MS = 10_000;

export class FarSide {
  readonly ready: FarSideReady;
  readonly #worker: Worker;
  readonly #frames: HeardFrame[] = [];

  private constructor(worker: Worker, ready: FarSideReady) {
    this.ready = ready;
    this.#worker = worker;
    worker.on('message', (frames: HeardFrame[]) => this.#frames.push(...frames));
  }

  static async start(): Promise<FarSide> {
    const worker = new Worker(new URL('./far-side-worker.ts', import.meta.url));
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const [ready] = (await once(worker, 'message', { signal })) as [FarSideReady];
    return new FarSide(worker, ready);
  }

  /** All frames heard so far; the worker hands them over once a second and when it stops. */
  async stop(): Promise<HeardFrame[]> {
    const exited = once(this.#worker, 'exit', { signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) });
    this.#worker.postMessage('stop');
    await exited;
    return this.#frames;
  }
}
