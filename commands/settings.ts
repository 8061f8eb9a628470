/** /settings: how the agent behaves in this server, over what its operator has configured. */
import type { Command, CommandContext, ServerSetting } from '../src/discord/command.ts';

const NAMES = ['persona', 'addressing', 'speculation'] as const;

const name = {
  type: 3,
  name: 'name',
  description: 'Which setting',
  choices: NAMES.map((one) => ({ name: one, value: one })),
} as const;

export const settings: Command = {
  data: {
    name: 'settings',
    description: 'See and change how the agent behaves in this server',
    contexts: [0],
    integration_types: [0],
    // Manage Server (1 << 5).
    default_member_permissions: '32',
    options: [
      { type: 1, name: 'show', description: 'All settings, and what they could be' },
      {
        type: 1,
        name: 'set',
        description: 'Change one setting for this server',
        options: [
          { ...name, required: true },
          { type: 3, name: 'value', description: 'What to set it to', required: true, autocomplete: true },
        ],
      },
      {
        type: 1,
        name: 'reset',
        description: 'Back to what the agent is configured to',
        options: [{ ...name, description: 'Which setting; all of them when left out' }],
      },
    ],
  },
  async run(context) {
    const { guildId, subcommand } = context;
    if (guildId === null) return await context.reply('Settings are those of a server: use this there.');
    switch (subcommand) {
      case 'set': {
        const [setting, value] = [context.option('name') ?? '', context.option('value') ?? ''];
        await context.settings.set(guildId, setting, value);
        return await context.reply(`${setting} is ${value} now. ${WHEN}`);
      }
      case 'reset':
        await context.settings.reset(guildId, context.option('name'));
        return await context.reply(`Done. ${shown(context, guildId)}\n${WHEN}`);
      default:
        return await context.reply(`${shown(context, guildId)}\n${WHEN}`);
    }
  },
  complete: ({ option, text }) =>
    option === 'value' ? VALUES.filter((value) => value.startsWith(text.trim().toLowerCase())) : [],
};

const WHEN = 'Changes take effect at the next /join.';

/** All that any of them can be, for typing ahead. */
const VALUES = [
  ...['assistant', 'customer-service', 'game-character', 'smart-home'],
  ...['auto', 'always', 'off', 'llm', 'llm+tts'],
] as const;

const shown = (context: CommandContext, guildId: string): string =>
  ['In this server:', ...context.settings.list(guildId).map(line)].join('\n');

const line = ({ name: setting, what, value, own, choices }: ServerSetting): string =>
  `- **${setting}**: ${value}${own ? ' (set here)' : ''}. ${what} One of: ${choices.join(', ')}.`;
