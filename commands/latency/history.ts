/** /latency history: p50 and p95 of the response gap over time. */
import type { CommandContext } from '../../src/discord/command.ts';
import { historySentence } from '../../src/latency/sentences.ts';
import { historySpan } from '../../src/latency/window.ts';
import { illustrate } from './picture.ts';
import { emptyWindow, keptNote, windowOf } from './window.ts';

export async function history(context: CommandContext, guildId: string): Promise<void> {
  const window = windowOf(context, guildId);
  context.pictures.warm();
  await context.defer();
  const { budgetMs } = context;
  const { sinceUnixMs, widthMs } = historySpan(window);
  const points = await context.records.history(window, widthMs);
  if (points.length === 0) return await context.reply(await emptyWindow(context, window));
  const span = { sinceUnixMs, untilUnixMs: window.untilUnixMs, widthMs };
  const subject = { ask: 'history', points, span, budgetMs, over: window.name } as const;
  const { files, missing } = await illustrate(context, 'latency-history', subject);
  const sentence = historySentence(points, window.name, budgetMs);
  await context.reply({ text: `${sentence}${keptNote(context, window)}${missing}`, files });
}
