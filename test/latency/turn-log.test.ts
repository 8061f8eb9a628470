/** The turn log keeps each server's turns apart, in order and within bounds. */
import { expect, it } from 'vitest';
import { createTurnLog } from '../../src/latency/turn-log.ts';
import { turn } from './timelines.ts';

const ids = (log: ReturnType<typeof createTurnLog>, guildId: string) => log.list(guildId).map(({ id }) => id);

it('lists a server its own turns, oldest first', () => {
  const log = createTurnLog();
  log.add(turn({ guildId: 'a', id: '1' }));
  log.add(turn({ guildId: 'b', id: '2' }));
  log.add(turn({ guildId: 'a', id: '3' }));
  expect(ids(log, 'a')).toEqual(['1', '3']);
  expect(ids(log, 'b')).toEqual(['2']);
  expect(ids(log, 'c')).toEqual([]);
});

it('forgets the oldest turns of a server beyond its bound', () => {
  const log = createTurnLog({ perGuild: 3, guilds: 2 });
  for (let id = 1; id <= 5; id++) log.add(turn({ id: String(id) }));
  expect(ids(log, 'guild')).toEqual(['3', '4', '5']);
});

it('forgets the server that was silent longest beyond its bound', () => {
  const log = createTurnLog({ perGuild: 3, guilds: 2 });
  for (const guildId of ['a', 'b', 'a', 'c']) log.add(turn({ guildId }));
  expect(['a', 'b', 'c'].map((guildId) => ids(log, guildId).length)).toEqual([2, 0, 1]);
});

it('lists the turns of all servers', () => {
  const log = createTurnLog();
  expect(log.all()).toEqual([]);
  for (const id of ['1', '2', '3']) log.add(turn({ guildId: id === '2' ? 'b' : 'a', id }));
  expect(new Set(log.all().map(({ id }) => id))).toEqual(new Set(['1', '2', '3']));
});

it('hands out a copy that later turns do not change', () => {
  const log = createTurnLog();
  const before = log.list('guild');
  log.add(turn());
  expect(before).toEqual([]);
});
