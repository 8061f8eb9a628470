/** Whether the agent can talk in a channel: everything that is missing is named before Discord is asked. */
import { type Client, PermissionFlagsBits, type VoiceBasedChannel } from 'discord.js';
import { ParleyError } from '../base/errors.ts';
import { guildRefusal } from './allowed-guilds.ts';
import { missingPermissions, timeOut } from './permissions.ts';

export interface JoinRequest {
  guildId: string;
  userId: string;
  /** Null: the channel the user sits in. */
  channelId: string | null;
  /** Empty: every server. */
  allowedGuilds: readonly string[];
}

/** The channel to join; throws a ParleyError in words for the person who asked. */
export function checkJoin(client: Client<true>, request: JoinRequest): VoiceBasedChannel {
  const notAllowed = guildRefusal(request.guildId, request.allowedGuilds);
  if (notAllowed) throw notAllowed;
  const channel = findChannel(client, request);
  if (channel.guild.afkChannelId === channel.id) {
    throw refusal('AFK_CHANNEL', `In <#${channel.id}> nobody can talk`, 'Choose another voice channel.');
  }
  const timedOut = timeOut(channel);
  if (timedOut) throw timedOut;
  const missing = missingPermissions(channel);
  if (missing.length > 0) {
    throw refusal(
      'MISSING_PERMISSIONS',
      `In <#${channel.id}> I lack: ${missing.join(', ')}`,
      'Give me these permissions in the channel settings, then /join again.',
    );
  }
  if (channel.full && !letsInAnyway(channel)) {
    throw refusal(
      'CHANNEL_FULL',
      `<#${channel.id}> is full`,
      'Raise its user limit or make room, then /join.',
    );
  }
  return channel;
}

/** The agent is there already, or is one of those who may move members: for them there is always room. */
function letsInAnyway(channel: VoiceBasedChannel): boolean {
  const me = channel.guild.members.me;
  if (me?.voice.channelId === channel.id) return true;
  return me !== null && channel.permissionsFor(me).has(PermissionFlagsBits.MoveMembers);
}

function findChannel(client: Client<true>, { guildId, userId, channelId }: JoinRequest): VoiceBasedChannel {
  const guild = client.guilds.cache.get(guildId);
  if (!guild) {
    throw refusal(
      'NOT_IN_GUILD',
      'I am not in this server',
      'Invite me with the link that I print at start.',
    );
  }
  const id = channelId ?? guild.voiceStates.cache.get(userId)?.channelId ?? null;
  if (id === null) {
    throw refusal(
      'USER_NOT_IN_VOICE',
      'You are in no voice channel',
      'Join one and use /join again, or name one: /join channel.',
    );
  }
  const channel = guild.channels.cache.get(id);
  if (!channel?.isVoiceBased()) {
    throw refusal(
      'NOT_A_VOICE_CHANNEL',
      'I cannot see that voice channel',
      'Let me View the Channel, or name another.',
    );
  }
  return channel;
}

function refusal(code: string, message: string, remedy: string): ParleyError {
  return new ParleyError(message, { code, remedy });
}
