/** Spreads conversations over the cores of the machine. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { add, NOTHING, simulate, type Tally, type Violation } from './tally.ts';
import type { Share, WorkerMessage } from './worker.ts';

/** Fewer are played faster than workers start. */
const WORTH_A_WORKER = 500;
/** More cores than this have not been tried. */
const MAX_WORKERS = 8;

export interface Result {
  tally: Tally;
  violations: readonly Violation[];
}

/** @param onProgress is told how many more conversations have been played. */
export async function simulateOnAllCores(
  firstSeed: number,
  conversations: number,
  onProgress: (played: number) => void,
): Promise<Result> {
  const wanted = Math.floor(conversations / WORTH_A_WORKER);
  const workers = Math.min(availableParallelism(), MAX_WORKERS, wanted);
  if (workers < 2) return simulate(firstSeed, conversations, () => onProgress(1));
  const shares = Array.from({ length: workers }, (_, i) => {
    const from = Math.floor((conversations * i) / workers);
    const to = Math.floor((conversations * (i + 1)) / workers);
    return { firstSeed: firstSeed + from, conversations: to - from };
  });
  const results = await Promise.all(shares.map((share) => playShare(share, onProgress)));
  return {
    tally: results.map(({ tally }) => tally).reduce(add, NOTHING),
    violations: results.flatMap(({ violations }) => violations),
  };
}

function playShare(share: Share, onProgress: (played: number) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: share });
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new Error(`A worker ended with code ${code} before its share was played`)),
    );
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'progress') onProgress(message.played);
      else resolve({ tally: message.tally, violations: message.violations });
    });
  });
}
