/** /voice: which voice of the account the agent speaks with in this server. */
import type { Command } from '../src/discord/command.ts';

export const voice: Command = {
  data: {
    name: 'voice',
    description: 'See and choose the voice that the agent speaks with in this server',
    contexts: [0],
    integration_types: [0],
    // Manage Server (1 << 5).
    default_member_permissions: '32',
    options: [
      { type: 1, name: 'show', description: 'The voice that speaks in this server' },
      {
        type: 1,
        name: 'set',
        description: 'Choose another voice',
        options: [
          {
            ...{ type: 3, name: 'name', description: 'Its name; begin to type to see those there are' },
            ...{ required: true, autocomplete: true, max_length: 100 },
          },
        ],
      },
      { type: 1, name: 'reset', description: 'Back to the voice that the agent is configured to' },
    ],
  },
  async run({ guildId, subcommand, option, voices, defer, reply }) {
    if (guildId === null) return await reply('A voice is chosen for a server: use this there.');
    switch (subcommand) {
      case 'set': {
        // The vendor is asked.
        await defer();
        const name = await voices.set(guildId, option('name') ?? '');
        return await reply(`I speak as ${name} here, from my next answer on.`);
      }
      case 'reset':
        await voices.reset(guildId);
        return await reply('I speak with my usual voice here, from my next answer on.');
      default: {
        const name = voices.current(guildId);
        return await reply(name === null ? 'I speak with my usual voice here.' : `I speak as ${name} here.`);
      }
    }
  },
  complete: async ({ text }, { voices }) => await voices.propose(text),
};
