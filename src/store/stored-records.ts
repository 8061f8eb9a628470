/** `TurnRecords` out of the store, those included that are still on their way into it. */
import { ParleyError } from '../base/errors.ts';
import type { WorkerDesk } from '../base/worker-desk.ts';
import type { TurnRecords, TurnWindow } from '../latency/records.ts';
import type { TurnRecord } from '../latency/timeline.ts';
import type { StoreAnswers, StoreQuestion } from './protocol.ts';
import type { TurnQueue } from './turn-queue.ts';

export type Desk = WorkerDesk<StoreQuestion, StoreAnswers>;

/** Each portion takes the main thread about a millisecond to receive. */
const PORTION = 400;

/** What is added meanwhile has ended after the window, so portions neither overlap nor leave anything out. */
async function listInPortions(desk: Desk, window: TurnWindow, limit: number): Promise<TurnRecord[]> {
  const portions: TurnRecord[][] = [];
  for (let offset = 0; offset < limit; offset += PORTION) {
    const most = Math.min(PORTION, limit - offset);
    const portion = await desk.ask({ ask: 'list', window, limit: most, offset });
    portions.unshift(portion);
    if (portion.length < most) break;
  }
  return portions.flat();
}

export function recordsBehind(desk: Desk, turns: TurnQueue): TurnRecords {
  const read = async <T>(ask: () => Promise<T>): Promise<T> => {
    // Without them the last turn would be missing; while the store cannot be written, it can perhaps be read.
    await turns.flush().catch(() => {});
    return await ask().catch((cause: unknown) => {
      throw new ParleyError('I cannot read the turns that I have kept at the moment', {
        code: 'TURNS_UNREADABLE',
        remedy: 'Try again in a minute; if it stays, the person who runs me finds the reason in the log.',
        retryable: true,
        cause,
      });
    });
  };
  return {
    last: async (guildId) => await read(() => desk.ask({ ask: 'last', guildId })),
    list: async (window, limit) => await read(async () => await listInPortions(desk, window, limit)),
    stats: async (window, budgetMs) => await read(() => desk.ask({ ask: 'stats', window, budgetMs })),
    statsBy: async (window, by, budgetMs, limit) =>
      await read(() => desk.ask({ ask: 'statsBy', window, by, budgetMs, limit })),
    history: async (window, widthMs) => await read(() => desk.ask({ ask: 'history', window, widthMs })),
  };
}
