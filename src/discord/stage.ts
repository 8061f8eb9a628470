/** How the agent comes to speak on a stage, where everybody arrives as a listener. */
import { ChannelType, PermissionFlagsBits, type StageChannel, type VoiceBasedChannel } from 'discord.js';
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import type { Log } from '../base/log.ts';

/** `invited` itself, `asked` a moderator to be, or `silent`: it may do neither. */
export type StageEntry = 'invited' | 'asked' | 'silent';

const REQUEST_DEADLINE_MS = 10_000;

export const isStage = (channel: VoiceBasedChannel): channel is StageChannel =>
  channel.type === ChannelType.GuildStageVoice;

/** To be called when Discord has said that the agent sits in the audience there. Never rejects. */
export async function askToSpeak(channel: StageChannel, clock: Clock, log: Log): Promise<StageEntry> {
  const me = channel.guild.members.me;
  const permissions = me ? channel.permissionsFor(me) : null;
  if (!me || !permissions) return 'silent';
  const attempt = async (what: string, ask: () => Promise<unknown>): Promise<boolean> => {
    const remedy = 'Invite me to speak; if it stays, check my permissions on this stage.';
    try {
      await withDeadline({ clock, afterMs: REQUEST_DEADLINE_MS, what, remedy }, async () => await ask());
      return true;
    } catch (error) {
      log.warn({ err: error, remedy }, 'the stage was not opened to the agent');
      return false;
    }
  };
  if (permissions.has(PermissionFlagsBits.MuteMembers)) {
    if (await attempt('becoming a speaker', () => me.voice.setSuppressed(false))) return 'invited';
  }
  if (permissions.has(PermissionFlagsBits.RequestToSpeak)) {
    if (await attempt('asking to speak', () => me.voice.setRequestToSpeak(true))) return 'asked';
  }
  return 'silent';
}
