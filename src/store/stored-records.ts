/** `TurnRecords` out of the store, those included that are still on their way into it. */
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError } from '../base/errors.ts';
import type { WorkerDesk } from '../base/worker-desk.ts';
import type { TurnRecords, TurnWindow } from '../latency/records.ts';
import type { LongQuestion, StoreAnswers, StoreQuestion } from './protocol.ts';
import type { TurnQueue } from './turn-queue.ts';

export type Desk = WorkerDesk<StoreQuestion, StoreAnswers>;

/** A store that takes longer to write may still be read: whoever asks gets what it holds. */
const FLUSH_WITHIN_MS = 1_500;
/** How much later a window may be than that of a reading under way for both to get its answer. */
const ALIKE_WITHIN_MS = 5_000;

export function recordsBehind(
  desk: Pick<Desk, 'ask'>,
  turns: Pick<TurnQueue, 'flush' | 'addedOf'>,
  clock: Clock,
): TurnRecords {
  const flushed = async () => {
    const deadline = { clock, afterMs: FLUSH_WITHIN_MS, what: 'storing the last turns', remedy: 'Wait.' };
    // Without them the last turn would be missing; while the store cannot be written, it can perhaps be read.
    await withDeadline(deadline, async () => await turns.flush()).catch(() => {});
  };
  const read = async <T>(ask: () => Promise<T>): Promise<T> => {
    await flushed();
    return await ask().catch((cause: unknown) => {
      throw new ParleyError('I cannot read the turns that I have kept at the moment', {
        code: 'TURNS_UNREADABLE',
        remedy: 'Try again in a minute; if it stays, the person who runs me finds the reason in the log.',
        retryable: true,
        cause,
      });
    });
  };
  const underWay = new Map<string, { window: TurnWindow; answer: Promise<unknown> }>();
  /** Several people may ask the same at once; of a server that has had no turn since, the answer is the same. */
  const readOnce = async <T>(question: LongQuestion, ask: () => Promise<T>): Promise<T> => {
    const { window, ...rest } = question;
    const { guildId } = window;
    const key = JSON.stringify([guildId, turns.addedOf(guildId), rest]);
    const other = underWay.get(key);
    if (other && isAlike(other.window, window)) return (await other.answer) as T;
    const asked = { window, answer: read(ask) };
    underWay.set(key, asked);
    try {
      return await asked.answer;
    } finally {
      if (underWay.get(key) === asked) underWay.delete(key);
    }
  };
  return {
    last: async (guildId) => await read(() => desk.ask({ ask: 'last', guildId })),
    list: async (window, limit) => await read(() => desk.ask({ ask: 'list', window, limit })),
    export: async (window, limit) => await read(() => desk.ask({ ask: 'export', window, limit })),
    async stats(window, budgetMs) {
      const question = { ask: 'stats', window, budgetMs } as const;
      return await readOnce(question, () => desk.ask(question));
    },
    async statsBy(window, by, budgetMs, limit) {
      const question = { ask: 'statsBy', window, by, budgetMs, limit } as const;
      return await readOnce(question, () => desk.ask(question));
    },
    async history(window, widthMs) {
      const question = { ask: 'history', window, widthMs } as const;
      return await readOnce(question, () => desk.ask(question));
    },
  };
}

function isAlike(one: TurnWindow, other: TurnWindow): boolean {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= ALIKE_WITHIN_MS;
  return near(one.sinceUnixMs, other.sinceUnixMs) && near(one.untilUnixMs, other.untilUnixMs);
}
