/** Stored turns answer as those in memory do, on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportTurns } from '../../src/latency/export.ts';
import type { Grouping, TurnRecords } from '../../src/latency/records.ts';
import { recordsInMemory } from '../../src/latency/records-in-memory.ts';
import type { TurnRecord } from '../../src/latency/timeline.ts';
import { createTurnLog } from '../../src/latency/turn-log.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations.ts';
import { statsBySpeaker } from '../../src/store/speaker-stats.ts';
import { history, lastTurn, listTurns, stats, statsByVendor } from '../../src/store/turn-queries.ts';
import { addTurns } from '../../src/store/turn-writes.ts';
import { randomFrom, turn } from '../latency/timelines.ts';
import { databases, type EmptyDatabase } from '../support/databases.ts';

const DAY_MS = 86_400_000;
/** 2023-11-14. */
const START = 19_675 * DAY_MS;

/** Turns over five days; figures are whole ms, as they are kept. */
function randomTurns(seed: number, count: number): TurnRecord[] {
  const random = randomFrom(seed);
  const chance = (share: number) => random() < share;
  const pick = <T>(...of: T[]): T => of[Math.floor(random() * of.length)]!;
  const ms = () => Math.floor(random() * random() * 1_500);
  let endedAtUnixMs = START;
  return Array.from({ length: count }, (_, i) => {
    endedAtUnixMs += Math.floor(random() * ((10 * DAY_MS) / count));
    const outcome = pick('answered', 'answered', 'answered', 'unanswered', 'missed');
    const marks: Record<string, number> = { speechStarted: 0, lastVoiced: 1_000.25 };
    for (const name of ['endOfTurn', 'sttFinal', 'llmSent', 'repaired', 'ttsSent'])
      if (chance(0.9)) marks[name] = 1_000.25 + ms();
    for (const [name, after] of [
      ['llmFirstToken', 'llmSent'],
      ['firstClause', 'llmFirstToken'],
      ['ttsFirstByte', 'ttsSent'],
      ['firstAudibleOut', 'endOfTurn'],
    ] as const)
      if (marks[after] !== undefined && chance(0.9)) marks[name] = marks[after] + ms() - 20;
    const usage = {
      ...{ calls: 1, estimatedCalls: 0, inputTokens: 5, cachedInputTokens: 0, cacheWriteTokens: 0 },
      ...{ outputTokens: 5, characters: 9, audioMs: 100 },
    };
    return turn({
      ...{ id: `${seed}-${i}`, endedAtUnixMs, outcome, marks, guildId: pick('1', '1', '2') },
      speakerId: pick('ann', 'ann', 'ben', 'eve'),
      reason: outcome === 'unanswered' ? pick('LLM_DEAD', 'TTS_DEAD') : null,
      audible: outcome === 'answered' ? 'answer' : pick('notice', null),
      ...{ falseCutoff: chance(0.1), repeated: chance(0.1), falseBargeIns: chance(0.2) ? 2 : 0 },
      ...{ bargedIn: chance(0.1), speculation: pick('hit', 'miss', 'off') },
      wasted: { tokens: chance(0.5) ? 7 : 0, characters: chance(0.5) ? 30 : 0 },
      providers: { stt: 'a', llm: pick('b', 'c'), tts: 'd' },
      usage: chance(0.5) ? { inputTokens: 3, outputTokens: 4 } : null,
      ...(i % 3 > 0 && { heardEstimated: i % 3 === 1 }),
      ...(chance(0.7) && { cost: { usage, usd: seed === 2 && chance(0.1) ? null : 0.25 } }),
    });
  });
}

const recordsOf = (database: Database): TurnRecords => ({
  last: (guildId) => lastTurn(database, guildId),
  list: (window, limit) => listTurns(database, window, limit),
  export: async (window, limit) => exportTurns(await listTurns(database, window, limit + 1), limit),
  stats: (window, budgetMs) => stats(database, window, budgetMs),
  statsBy: (window, by, budgetMs, limit) =>
    (by === 'speaker' ? statsBySpeaker : statsByVendor)(database, window, budgetMs, limit),
  history: (window, widthMs) => history(database, window, widthMs),
});

describe.each(databases)('turns in %s', (_name, make) => {
  let empty: EmptyDatabase;
  let database: Database;
  beforeAll(async () => {
    empty = await make();
    database = await openDatabase(empty.place);
    await migrate(database);
  });
  afterAll(async () => {
    await database.db.destroy();
    await empty.drop();
  });

  it.each([1, 2])('answer as those in memory do (seed %i)', async (seed) => {
    const turns = randomTurns(seed, 400);
    const memory = createTurnLog({ perGuild: 1_000, guilds: 10 });
    for (const record of turns) memory.add(record);
    for (const table of ['turns', 'turn_records', 'tallies'] as const)
      await database.db.deleteFrom(table).execute();
    for (let at = 0; at < turns.length; at += 70) await addTurns(database, turns.slice(at, at + 70));
    const [expected, actual] = [recordsInMemory(memory), recordsOf(database)];
    const random = randomFrom(seed + 100);
    const spans = [
      ...[0.001, 0.3, 0.9, 1.1, 2.5, 4, 20].map((days) => days * DAY_MS),
      ...Array.from({ length: 4 }, () => random() * 6 * DAY_MS),
    ];
    for (const guildId of ['1', '2', 'none']) {
      expect(await actual.last(guildId)).toEqual(await expected.last(guildId));
      for (const span of spans) {
        const sinceUnixMs = Math.floor(START + (random() - 0.2) * 3 * DAY_MS);
        const window = { guildId, sinceUnixMs, untilUnixMs: sinceUnixMs + Math.floor(span) };
        expect(await actual.stats(window, 500)).toEqual(await expected.stats(window, 500));
        for (const by of ['speaker', 'vendor'] as const satisfies Grouping[])
          expect(await actual.statsBy(window, by, 400, 2)).toEqual(
            await expected.statsBy(window, by, 400, 2),
          );
        const widthMs = Math.ceil(span / 7);
        expect(await actual.history(window, widthMs)).toEqual(await expected.history(window, widthMs));
        expect(await actual.list(window, 5)).toEqual(await expected.list(window, 5));
        expect(await actual.export(window, 5)).toEqual(await expected.export(window, 5));
      }
    }
    const all = { guildId: '1', sinceUnixMs: START - DAY_MS, untilUnixMs: START + 20 * DAY_MS };
    expect(await actual.list(all, 1_000)).toEqual(turns.filter(({ guildId }) => guildId === '1'));
  });
});
