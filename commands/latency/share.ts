/** /latency share: a picture for everyone in the channel. It names nobody, so only the asker has to want it. */
import type { Answer, CommandContext } from '../../src/discord/command.ts';
import { counted, wholeMs } from '../../src/latency/text.ts';
import type { Subject } from '../../src/pictures/picture.ts';
import { summaryOf } from './now.ts';
import { emptyWindow, nobodyYet, windowOf } from './window.ts';

export async function share(context: CommandContext, guildId: string): Promise<void> {
  const shared =
    context.option('what') === 'stats' ? await statsOf(context, guildId) : await lastOf(context, guildId);
  if (typeof shared === 'string') return await context.reply(shared);
  const { png, alt } = await context.pictures.paint(shared.subject);
  await context.reply('Posting it for everyone …');
  const post: Answer = {
    text: shared.text,
    files: [{ name: 'latency.png', data: png, description: alt }],
  };
  await context.post(post);
  await context.reply(
    'Posted for everyone in this channel. Deleting it is up to whoever may delete messages here.',
  );
}

interface Shared {
  text: string;
  subject: Subject;
}

/** A sentence instead when there is nothing to share. */
async function lastOf(context: CommandContext, guildId: string): Promise<Shared | string> {
  context.pictures.warm();
  await context.defer();
  const { budgetMs } = context;
  const record = await context.records.last(guildId);
  if (record === null) return nobodyYet(context);
  const text = `My last turn in this server: ${summaryOf(record, budgetMs)}`;
  return { text, subject: { ask: 'waterfall', record, budgetMs } };
}

async function statsOf(context: CommandContext, guildId: string): Promise<Shared | string> {
  const window = windowOf(context, guildId);
  context.pictures.warm();
  await context.defer();
  const { budgetMs } = context;
  const summary = await context.records.stats(window, budgetMs);
  if (summary.n === 0) return await emptyWindow(context, window);
  const { n, responseGapMs: gap, falseCutoffs, falseBargeIns, missed, repeats } = summary;
  const speed = gap ? `p50 ${wholeMs(gap.p50)} ms, p95 ${wholeMs(gap.p95)} ms` : 'no answer';
  const quality = [
    counted(falseCutoffs, 'false cut-off'),
    counted(falseBargeIns, 'false barge-in'),
    counted(missed, 'missed turn'),
    counted(repeats, 'repeat'),
  ];
  const text = `My turns of ${window.name} in this server: ${speed} over ${counted(n)}, with ${quality.join(', ')}.`;
  return { text, subject: { ask: 'percentiles', summary, budgetMs, over: window.name } };
}
