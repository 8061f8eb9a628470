/** Writes into a voice channel's own chat. */
import type { VoiceBasedChannel } from 'discord.js';
import type { Log } from '../base/log.ts';

const MAX_CHARS = 2_000;

/** Never rejects: text that cannot be posted is logged as such (not its words), with the remedy. */
export function writeToChat(channel: VoiceBasedChannel, text: string, log: Log): void {
  const content = text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text;
  channel.send({ content, allowedMentions: { parse: [] } }).catch((error) => {
    const remedy = 'Give the agent View Channel and Send Messages in the voice channel.';
    log.warn({ err: error, remedy }, 'message could not be posted in the chat');
  });
}
