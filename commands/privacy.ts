/** /privacy: whether the agent hears you is yours to say. */
import type { Command } from '../src/discord/command.ts';

export const privacy: Command = {
  data: {
    name: 'privacy',
    description: 'Decide whether the agent may hear you',
    // In servers, and in a direct message to the bot.
    contexts: [0, 1],
    integration_types: [0],
    options: [
      { type: 1, name: 'opt-out', description: 'The agent ignores your voice, in every server' },
      { type: 1, name: 'opt-in', description: 'The agent hears you again' },
      { type: 1, name: 'status', description: 'Whether the agent hears you now' },
    ],
  },
  // What somebody opts out of holds in every server.
  everywhere: true,
  async run(context) {
    const { consent, subcommand, userId } = context;
    switch (subcommand) {
      case 'opt-out':
        await consent.optOut(userId);
        return await context.reply(
          'Done. I ignore your voice from now on, in every server. /privacy opt-in undoes this.',
        );
      case 'opt-in':
        await consent.optIn(userId);
        return await context.reply('Done. I hear you again in the voice channels that we share.');
      default:
        return await context.reply(
          consent.isOptedOut(userId)
            ? 'I ignore your voice. /privacy opt-in changes this.'
            : 'I hear you in the voice channels that we share. With your ID I keep the timings of each turn, and how long you pause when you talk, for the next time. /privacy opt-out ends this, and takes your ID off what is kept.',
        );
    }
  },
};
