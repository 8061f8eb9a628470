// The turns of this process, asked as the store is asked.
import { describe, expect, it } from 'vitest';
import { recordsInMemory } from '../../src/latency/records-in-memory.ts';
import { createTurnLog } from '../../src/latency/turn-log.ts';
import { turn } from './timelines.ts';

describe('Records in memory', () => {
  const log = createTurnLog();
  for (let i = 0; i < 10; i++) {
    const marks = { lastVoiced: 0, firstAudibleOut: 300 + i * 50 };
    const providers = { stt: 'a', llm: i < 3 ? 'b' : 'c', tts: 'd' };
    const speakerId = i % 5 === 0 ? 'ann' : 'ben';
    log.add(turn({ id: `${i}`, marks, speakerId, providers, endedAtUnixMs: 1_000 + i * 100 }));
  }
  const records = recordsInMemory(log);
  const window = { guildId: 'guild', sinceUnixMs: 1_100, untilUnixMs: 1_900 };

  it('keep to the window, its end left out', async () => {
    expect((await records.list(window, 100)).map(({ id }) => id)).toEqual([...'12345678']);
    expect((await records.list(window, 2)).map(({ id }) => id)).toEqual(['7', '8']);
    expect(await records.stats(window, 500)).toMatchObject({ n: 8, withinBudget: 4 / 8 });
    expect((await records.stats({ ...window, guildId: 'other' }, 500)).n).toBe(0);
  });

  it('are put together by speaker and by vendor, the most turns first', async () => {
    const counts = async (by: 'speaker' | 'vendor', limit: number) =>
      (await records.statsBy(window, by, 500, limit)).map(({ key, summary }) => [key, summary.n]);
    expect(await counts('speaker', 5)).toEqual([
      ['ben', 7],
      ['ann', 1],
    ]);
    expect(await counts('vendor', 1)).toEqual([['a + c + d', 6]]);
  });

  it('make a point of each whole stretch that has turns, of the window alone', async () => {
    const points = await records.history({ ...window, untilUnixMs: 9_000 }, 450);
    expect(points).toEqual([
      { fromUnixMs: 900, n: 3, p50Ms: 400, p95Ms: 450, falseCutoffs: 0, missed: 0 },
      { fromUnixMs: 1_350, n: 4, p50Ms: 550, p95Ms: 650, falseCutoffs: 0, missed: 0 },
      { fromUnixMs: 1_800, n: 2, p50Ms: 700, p95Ms: 750, falseCutoffs: 0, missed: 0 },
    ]);
  });

  it('know the newest', async () => {
    expect((await records.last('guild'))?.id).toBe('9');
    expect(await records.last('other')).toBeNull();
  });
});
