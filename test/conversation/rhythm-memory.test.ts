/** What is kept of how somebody pauses is remembered when they are heard, and replaced only by what builds on it. */
import { expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { LearnedRhythm } from '../../src/conversation/ports.ts';
import { RhythmMemory } from '../../src/conversation/rhythm-memory.ts';
import type { TurnEvent } from '../../src/turn/types.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const kept: LearnedRhythm = { pauseMs: 700, afterCompleteMs: 300 };

function rig() {
  const events: TurnEvent[] = [];
  const saved: [string, LearnedRhythm][] = [];
  const asked: PromiseWithResolvers<LearnedRhythm | null>[] = [];
  const memory = new RhythmMemory({
    ...{ clock: new VirtualClock(50), log: silentLog },
    loop: {
      dispatch: (event) => events.push(event),
      rhythmOf: (id) => (id === 'new' ? null : { ...kept, pauseMs: 800, keyed: 2 }),
    },
    kept: {
      async of() {
        const one = Promise.withResolvers<LearnedRhythm | null>();
        asked.push(one);
        return await one.promise;
      },
      learned: (id, rhythm) => saved.push([id, rhythm]),
    },
  });
  return { events, saved, asked, memory };
}
const settled = async () => await new Promise(setImmediate);

it('is told to the engine, and kept on after a turn', async () => {
  const { events, saved, asked, memory } = rig();
  memory.recall('ann');
  asked[0]!.resolve(kept);
  await settled();
  expect(events).toEqual([{ type: 'recalled', speakerId: 'ann', atMs: 50, ...kept }]);
  memory.keep('ann');
  memory.keep('new');
  expect(saved).toEqual([['ann', { ...kept, pauseMs: 800 }]]);
});

it('is not replaced as long as it is not known', { tags: ['fault'] }, async () => {
  const { events, saved, asked, memory } = rig();
  memory.recall('ann');
  memory.keep('ann');
  asked[0]!.reject(new Error('the store is away'));
  await settled();
  memory.keep('ann');
  expect([events, saved]).toEqual([[], []]);
});

it('of somebody who left before it came is not told', async () => {
  const { events, asked, memory } = rig();
  memory.recall('ann');
  memory.forget('ann');
  asked[0]!.resolve(kept);
  await settled();
  expect(events).toEqual([]);
});
