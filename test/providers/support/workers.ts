/** Lets a test see and end the worker threads that a provider starts. */
import { Worker } from 'node:worker_threads';
import type { SpawnWorker } from '../../../src/base/worker-host.ts';

export class WorkerWatch {
  readonly workers: Worker[] = [];
  /** Every message that was posted to a worker, in order. */
  readonly posted: unknown[] = [];

  readonly spawn: SpawnWorker = (url, options) => {
    const worker = new Worker(url, options);
    this.workers.push(worker);
    const post = worker.postMessage.bind(worker);
    worker.postMessage = (message: unknown, transfer?: Parameters<typeof post>[1]) => {
      this.posted.push(message);
      post(message, transfer);
    };
    return worker;
  };

  /** Ends the newest worker as an abort inside it would. */
  async killNewest(): Promise<void> {
    await this.workers.at(-1)!.terminate();
  }
}

/** A worker that never says a word: stands in for one that hangs. */
export const spawnDeaf: SpawnWorker = () =>
  new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true });
