/** /join: the agent comes into a voice channel. */
import type { Command } from '../src/discord/command.ts';

export const join: Command = {
  data: {
    name: 'join',
    description: 'Call the agent into your voice channel, or another one',
    contexts: [0],
    integration_types: [0],
    // Move Members (1 << 24): to bring a listener into a room is for those who run the rooms. An administrator can
    // give it to any role under Server Settings, Integrations.
    default_member_permissions: '16777216',
    options: [
      {
        type: 7,
        name: 'channel',
        description: 'Where to; your own voice channel when left out',
        // Voice and stage channels.
        channel_types: [2, 13],
      },
    ],
  },
  async run(context) {
    if (context.guildId === null) return await context.reply('I can only join voice channels of a server.');
    await context.defer();
    const { channelId, troubles } = await context.voice.join(
      context.guildId,
      context.userId,
      context.option('channel'),
    );
    const here = `I am in <#${channelId}> and listening.`;
    const optOut = 'Anyone who does not want to be heard: /privacy opt-out.';
    if (troubles.length === 0) return await context.reply(`${here} Just talk to me. ${optOut}`);
    const told = troubles.map((trouble) => `- ${trouble}`);
    await context.reply(
      [`${here} But my answers will fail until this is put right:`, ...told, optOut].join('\n'),
    );
  },
};
