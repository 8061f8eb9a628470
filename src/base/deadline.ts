/** Nothing waits without a deadline: runs asynchronous work that is aborted when its time is over. */
import type { Clock } from './clock.ts';
import { ParleyError } from './errors.ts';

export interface DeadlineOptions {
  clock: Clock;
  /** Milliseconds until the work is aborted. */
  afterMs: number;
  /** Names the work in the error: "joining the voice channel". */
  what: string;
  remedy: string;
  code?: string;
  /** Aborts the work early when it fires. */
  signal?: AbortSignal;
}

/**
 * Runs `work` and settles with it, or rejects with a retryable ParleyError (code `DEADLINE` unless given) after
 * `afterMs`. The signal handed to `work` is aborted in both failing cases, so the work can stop.
 */
export async function withDeadline<T>(
  options: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  return await new Promise<T>((resolve, reject) => {
    const fail = (error: unknown) => {
      settle();
      controller.abort(error);
      reject(error);
    };
    const settle = () => {
      timer.cancel();
      options.signal?.removeEventListener('abort', onAbort);
    };
    const timer = options.clock.setTimer(options.afterMs, () =>
      fail(
        new ParleyError(`${options.what} took longer than ${options.afterMs} ms`, {
          code: options.code ?? 'DEADLINE',
          remedy: options.remedy,
          retryable: true,
        }),
      ),
    );
    const onAbort = () => fail(options.signal?.reason);
    if (options.signal?.aborted) onAbort();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    work(controller.signal).then(
      (value) => {
        settle();
        resolve(value);
      },
      (error) => {
        settle();
        reject(error);
      },
    );
  });
}
