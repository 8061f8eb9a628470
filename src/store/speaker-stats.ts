/** Summaries of the turns of each speaker, in one pass over the turns: who spoke is not in the tallies, so that it can be forgotten. */
import { byTurns, type SummaryOf, type TurnWindow } from '../latency/records.ts';
import type { Database } from './database.ts';
import { DAY_MS, TallySum } from './tallies.ts';
import { countedTurns, firstEnd, within } from './turn-queries.ts';
import { NOBODY } from './turn-rows.ts';

/** Those with most turns first; turns of somebody who opted out belong to no speaker. */
export async function statsBySpeaker(
  database: Database,
  window: TurnWindow,
  budgetMs: number,
  limit: number,
): Promise<SummaryOf[]> {
  const sums = new Map((await speakersOf(database, window, limit)).map((key) => [key, new TallySum()]));
  if (sums.size === 0) return [];
  for await (const rows of daysOf(database, window, [...sums.keys()]))
    for (const row of rows) sums.get(row.speaker_id)?.addTurn(row);
  const summaries = [...sums].map(([key, sum]) => ({ key, summary: sum.summary(budgetMs) }));
  return summaries.filter(({ summary }) => summary.n > 0).sort(byTurns);
}

/** Who has most turns: found in an index. */
async function speakersOf(database: Database, window: TurnWindow, limit: number): Promise<string[]> {
  const speakers = await within(database, window)
    .select(({ fn }) => ['speaker_id as key', fn.countAll<number>().as('n')])
    .where('speaker_id', '<>', NOBODY)
    .groupBy('speaker_id')
    .orderBy('n', 'desc')
    .orderBy('key')
    .limit(limit)
    .execute();
  return speakers.map(({ key }) => key);
}

/** Their turns, a day at a time: a million at once would take a gigabyte, and nothing else could be read meanwhile. */
async function* daysOf(database: Database, window: TurnWindow, speakers: readonly string[]) {
  let sinceUnixMs = (await firstEnd(database, window)) ?? window.untilUnixMs;
  while (sinceUnixMs < window.untilUnixMs) {
    const untilUnixMs = Math.min(window.untilUnixMs, sinceUnixMs + DAY_MS);
    yield await countedTurns(database, { ...window, sinceUnixMs, untilUnixMs })
      .select('speaker_id')
      .where('speaker_id', 'in', speakers)
      .execute();
    sinceUnixMs = untilUnixMs;
  }
}
