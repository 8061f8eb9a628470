/** /latency now: the last turn as a picture, its biggest lever in a sentence, and how well the talk went. */
import type { CommandContext } from '../../src/discord/command.ts';
import { keepsTo } from '../../src/latency/budget.ts';
import { figuresOf } from '../../src/latency/figures.ts';
import { biggestLever } from '../../src/latency/lever.ts';
import type { TurnRecord } from '../../src/latency/timeline.ts';
import { headline, renderWaterfall } from '../../src/latency/waterfall.ts';
import { illustrate } from './picture.ts';
import { nobodyYet } from './window.ts';

export async function now(context: CommandContext, guildId: string): Promise<void> {
  context.pictures.warm();
  await context.defer();
  const ping = pingSentence(context.voice.pingMs(guildId));
  const record = await context.records.last(guildId);
  if (record === null) return await context.reply(`${nobodyYet(context)} ${ping}`);
  const { budgetMs } = context;
  const { files, missing } = await illustrate(context, 'latency-now', { ask: 'waterfall', record, budgetMs });
  const table = files.length > 0 ? '' : `\n${renderWaterfall(record, { budgetMs })}`;
  const when = `<t:${Math.floor(record.endedAtUnixMs / 1000)}:R>`;
  const text = [
    `The last turn, ${when}: ${summaryOf(record, budgetMs)}${table}`,
    biggestLever(record, budgetMs),
    [ping, ...promptSentence(record)].join(' '),
  ].join('\n');
  await context.reply({ text: `${text}${missing}`, files });
}

/** Speed never stands alone: whether somebody was cut off or interrupted is beside it. */
export function summaryOf(record: TurnRecord, budgetMs: number): string {
  const gapMs = figuresOf(record).responseGapMs;
  const how = [headline(record)];
  if (record.bargedIn)
    how.push(record.heardEstimated ? 'was interrupted at a word that is estimated' : 'was interrupted');
  if (record.falseBargeIns > 0)
    how.push(`paused ${record.falseBargeIns} × for a sound that was no interruption`);
  if (record.repeated) how.push('the speaker had to say it again');
  if (gapMs === undefined) return `${how.join(', ')}.`;
  const within = keepsTo(budgetMs, gapMs) ? 'within' : 'over';
  return `**${Math.round(gapMs)} ms** response gap, ${within} the budget of ${budgetMs} ms; ${how.join(', ')}.`;
}

const pingSentence = (pingMs: number | null): string =>
  `Network ping to the voice server: ${pingMs === null ? '–' : `${Math.round(pingMs)} ms`}.`;

/** Whether the vendor had the prompt in its cache; nothing where nobody counts, or there is no prompt. */
function promptSentence({ cost }: TurnRecord): string[] {
  if (!cost || cost.usage.inputTokens === 0) return [];
  const { inputTokens, cachedInputTokens } = cost.usage;
  const share = Math.round((cachedInputTokens / inputTokens) * 100);
  const hit = cachedInputTokens > 0 ? `cache hit, ${cachedInputTokens} of them (${share} %)` : 'no cache hit';
  return [`Prompt: ${inputTokens} tokens, ${hit}.`];
}
