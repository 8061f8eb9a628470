/** Turns on their way into the store, while writing them fails. */
import { expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { TurnRecord } from '../../src/latency/timeline.ts';
import { Outage } from '../../src/store/outage.ts';
import { TurnQueue } from '../../src/store/turn-queue.ts';
import { turn } from '../latency/timelines.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

it('a turn that was being written when its speaker opted out is written again without the name', async () => {
  const clock = new VirtualClock();
  const writes: { records: TurnRecord[]; done: PromiseWithResolvers<void> }[] = [];
  const queue = new TurnQueue({
    ...{ clock, log: silentLog, outage: new Outage(silentLog) },
    async write(records) {
      const done = Promise.withResolvers<void>();
      writes.push({ records, done });
      await done.promise;
    },
  });
  queue.add(turn({ id: 'a', speakerId: '7' }));
  queue.add(turn({ id: 'b', speakerId: '8' }));
  await clock.advance(1_000);
  queue.add(turn({ id: 'c', speakerId: '7' }));
  queue.forget('7', '');
  writes[0]!.done.reject(new Error('no connection'));
  await clock.advance(1_000);
  const told = writes.map(({ records }) => records.map(({ id, speakerId }) => `${id}:${speakerId}`));
  expect(told).toEqual([
    ['a:7', 'b:8'],
    ['a:', 'b:8', 'c:'],
  ]);
  writes[1]!.done.resolve();
  await queue.close();
  expect(writes).toHaveLength(2);
});
