import { describe, expect, it } from 'vitest';
import { AsyncQueue } from '../../src/providers/async-queue.ts';

describe('AsyncQueue', () => {
  it('yields what was pushed before and after reading began, then ends', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    const read = Array.fromAsync(queue);
    await Promise.resolve();
    queue.push(2);
    await Promise.resolve();
    queue.push(3);
    queue.end();
    queue.push(4);
    expect(await read).toEqual([1, 2, 3]);
  });

  it('drops what was not read when it is aborted', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.abort();
    expect(await Array.fromAsync(queue)).toEqual([]);
  });

  it('throws the error that it is aborted with, also at a waiting reader', async () => {
    const queue = new AsyncQueue<number>();
    const reader = queue[Symbol.asyncIterator]();
    const waiting = reader.next();
    const error = new Error('broken');
    queue.abort(error);
    await expect(waiting).rejects.toBe(error);
  });

  it('drops the rest also when it had ended already', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.end();
    queue.abort();
    expect(await Array.fromAsync(queue)).toEqual([]);
  });

  it('still gives what was pushed before it failed', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.fail(new Error('broken'));
    queue.push(2);
    const read: number[] = [];
    const reading = (async () => {
      for await (const item of queue) read.push(item);
    })();
    await expect(reading).rejects.toThrow('broken');
    expect(read).toEqual([1]);
  });
});
