/** One core's share of the conversations: seeds come as worker data, progress and the result go as messages. */
import { parentPort, workerData } from 'node:worker_threads';
import { simulate, type Tally, type Violation } from './tally.ts';

export interface Share {
  firstSeed: number;
  conversations: number;
}

export type WorkerMessage =
  | { type: 'progress'; played: number }
  | { type: 'result'; tally: Tally; violations: readonly Violation[] };

const PROGRESS_EVERY = 250;

if (parentPort) {
  const port = parentPort;
  const { firstSeed, conversations } = workerData as Share;
  const say = (message: WorkerMessage) => port.postMessage(message);
  const result = simulate(firstSeed, conversations, (seed) => {
    const played = seed - firstSeed + 1;
    if (played % PROGRESS_EVERY === 0) say({ type: 'progress', played: PROGRESS_EVERY });
  });
  say({ type: 'result', ...result });
}
