/** /latency stats: percentiles and quality of a window of turns, as a whole or by speaker or vendor. */
import type { CommandContext } from '../../src/discord/command.ts';
import type { Grouping, SummaryOf, TurnWindow } from '../../src/latency/records.ts';
import { groupLine, vendorName } from '../../src/latency/sentences.ts';
import { renderStats } from '../../src/latency/stats.ts';
import type { TimeWindow } from '../../src/latency/window.ts';
import { illustrate } from './picture.ts';
import { emptyWindow, keptNote, windowOf } from './window.ts';

/** More lines of percentiles do not fit a message. */
const MOST_GROUPS = 8;

export async function stats(context: CommandContext, guildId: string): Promise<void> {
  const window = windowOf(context, guildId);
  context.pictures.warm();
  await context.defer();
  const by = context.option('by');
  if (by === 'speaker' || by === 'vendor') await compare(context, window, by);
  else await whole(context, window);
}

async function whole(context: CommandContext, window: TimeWindow & TurnWindow): Promise<void> {
  const { budgetMs, spend, voice } = context;
  const summary = await context.records.stats(window, budgetMs);
  if (summary.n === 0) return await context.reply(await emptyWindow(context, window));
  const today = { usd: spend.todayUsd(window.guildId), capUsd: spend.dailyCapUsd };
  const subject = { ask: 'percentiles', summary, budgetMs, over: window.name } as const;
  const { files, missing } = await illustrate(context, 'latency-stats', subject);
  const table = renderStats(summary, { budgetMs, today, pingMs: voice.pingMs(window.guildId) });
  await context.reply({
    text: `Turns of ${window.name}:\n${table}${keptNote(context, window)}${missing}`,
    files,
  });
}

async function compare(
  context: CommandContext,
  window: TimeWindow & TurnWindow,
  by: Grouping,
): Promise<void> {
  const { budgetMs } = context;
  const groups = await context.records.statsBy(window, by, budgetMs, MOST_GROUPS);
  if (groups.length === 0) return await context.reply(await emptyWindow(context, window));
  const lines = groups.map((group, index) => groupLine(index + 1, nameOf(context, group, by), group.summary));
  const named = groups.map((group, index) => ({
    name: by === 'vendor' ? `${index + 1}. ${vendorName(group)}` : `speaker ${index + 1}`,
    summary: group.summary,
  }));
  const subject = { ask: 'comparison', groups: named, budgetMs, over: window.name } as const;
  const { files, missing } = await illustrate(context, `latency-by-${by}`, subject);
  const head = `Turns of ${window.name} by ${by}${groups.length === MOST_GROUPS ? `, the ${MOST_GROUPS} with most turns` : ''}:`;
  await context.reply({
    text: `${[head, ...lines].join('\n')}${keptNote(context, window)}${missing}`,
    files,
  });
}

/** A speaker as a mention, which only shows the name; whoever opted out is not named. */
function nameOf({ consent }: CommandContext, group: SummaryOf, by: Grouping): string {
  if (by === 'vendor') return vendorName(group);
  return consent.isOptedOut(group.key) ? 'someone who opted out' : `<@${group.key}>`;
}
