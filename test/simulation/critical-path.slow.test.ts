/** In ten thousand answered turns of the real engine, the stages fill the response gap to the millisecond. */
import { expect, it } from 'vitest';
import { criticalPathTiles } from '../../src/simulation/invariants/marks.ts';
import { playRandomTalk } from '../../src/simulation/random-talk.ts';

it('the critical path of 10,000 simulated turns tiles the response gap exactly', () => {
  let answered = 0;
  for (let seed = 1; answered < 10_000; seed++) {
    const talk = playRandomTalk(seed);
    expect(criticalPathTiles.check(talk), `seed ${seed}`).toEqual([]);
    answered += talk.room.recording.turns.filter(({ marks }) => marks.firstAudibleOut !== undefined).length;
  }
});
