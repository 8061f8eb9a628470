/** /latency: where the milliseconds of the last turn went, how all turns did, how that changed, and all of it as files. */
import type { Command, CommandContext } from '../src/discord/command.ts';
import { proposeWindows } from '../src/latency/window.ts';
import { exported } from './latency/export.ts';
import { history } from './latency/history.ts';
import { now } from './latency/now.ts';
import { share } from './latency/share.ts';
import { stats } from './latency/stats.ts';

const window = {
  type: 3,
  name: 'window',
  description:
    '"3h", "yesterday", "2026-11-20" or "2026-11-20..2026-11-22"; the last seven days when left out',
  autocomplete: true,
  max_length: 40,
} as const;

const parts: Record<string, (context: CommandContext, guildId: string) => Promise<void>> = {
  now,
  stats,
  history,
  export: exported,
  share,
};

export const latency: Command = {
  data: {
    name: 'latency',
    description: 'See how fast the agent answers, and where the time goes',
    contexts: [0],
    integration_types: [0],
    options: [
      { type: 1, name: 'now', description: 'The last turn, stage by stage' },
      {
        type: 1,
        name: 'stats',
        description: 'Percentiles beside the latency budget, and how the turns ended',
        options: [
          window,
          {
            type: 3,
            name: 'by',
            description: 'What to compare; the stages when left out',
            choices: ['stage', 'speaker', 'vendor'].map((name) => ({ name, value: name })),
          },
        ],
      },
      { type: 1, name: 'history', description: 'How the response gap changed over time', options: [window] },
      {
        type: 1,
        name: 'export',
        description: 'The turns as CSV and JSON, without a word or a name',
        options: [window],
      },
      {
        type: 1,
        name: 'share',
        description: 'Post a picture for everyone in this channel; it names nobody',
        options: [
          {
            type: 3,
            name: 'what',
            description: 'The last turn when left out',
            choices: ['now', 'stats'].map((name) => ({ name, value: name })),
          },
          window,
        ],
      },
    ],
  },
  complete: ({ text }, { nowUnixMs }) => proposeWindows(text, nowUnixMs()),
  async run(context) {
    if (context.guildId === null)
      return await context.reply('I only measure in the voice channels of a server.');
    const part = parts[context.subcommand ?? 'now'] ?? now;
    await part(context, context.guildId);
  },
};
