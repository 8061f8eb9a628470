/** /latency: where the milliseconds of the last turn went, and how all turns of this server did. */
import type { Command, CommandContext } from '../src/discord/command.ts';
import { renderStats } from '../src/latency/stats.ts';
import { summarise } from '../src/latency/summary.ts';
import { renderWaterfall } from '../src/latency/waterfall.ts';

export const latency: Command = {
  data: {
    name: 'latency',
    description: 'See how fast the agent answers, and where the time goes',
    contexts: [0],
    integration_types: [0],
    options: [
      { type: 1, name: 'now', description: 'The last turn, stage by stage' },
      { type: 1, name: 'stats', description: 'All turns since the agent started, beside the latency budget' },
    ],
  },
  async run(context) {
    if (context.guildId === null)
      return await context.reply('I only measure in the voice channels of a server.');
    const text = context.subcommand === 'stats' ? stats : now;
    await context.reply(text(context, context.guildId));
  },
};

function now(context: CommandContext, guildId: string): string {
  const ping = pingSentence(context.voice.pingMs(guildId));
  const last = context.turns.list(guildId).at(-1);
  if (last === undefined) return `Nobody has talked to me in this server since I started. ${ping}`;
  const when = `<t:${Math.floor(last.endedAtUnixMs / 1000)}:R>`;
  return `The last turn, ${when}:\n${renderWaterfall(last, { budgetMs: context.budgetMs })}\n${ping}`;
}

const pingSentence = (pingMs: number | null): string =>
  pingMs === null
    ? 'Network ping to the voice server: –'
    : `Network ping to the voice server: ${Math.round(pingMs)} ms`;

function stats(context: CommandContext, guildId: string): string {
  const { budgetMs, spend, turns, voice } = context;
  const today = { usd: spend.todayUsd(guildId), capUsd: spend.dailyCapUsd };
  return renderStats(summarise(turns.list(guildId)), { budgetMs, today, pingMs: voice.pingMs(guildId) });
}
