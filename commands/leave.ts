/** /leave: the agent leaves its voice channel. */
import type { Command } from '../src/discord/command.ts';

export const leave: Command = {
  data: {
    name: 'leave',
    description: 'Send the agent out of its voice channel',
    contexts: [0],
    integration_types: [0],
    // Connect (1 << 20): whoever may be in the room may send the listener out of it.
    default_member_permissions: '1048576',
  },
  async run(context) {
    if (context.guildId === null) return await context.reply('I am only in voice channels of a server.');
    await context.defer();
    const left = await context.voice.leave(context.guildId);
    await context.reply(left ? 'I left the voice channel.' : 'I am in no voice channel of this server.');
  },
};
