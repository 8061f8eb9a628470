/** Guilds, members, channels and voice states as Discord writes them in JSON. */
import {
  CHANNEL_TYPE,
  type Channel,
  type Guild,
  type Member,
  type Role,
  type User,
  type VoiceState,
} from './guild.ts';

type Json = Record<string, unknown>;

const NO_FLAGS = 0;
const AFK_TIMEOUT_S = 300;

export function userJson(user: User): Json {
  return {
    id: user.id,
    username: user.name.toLowerCase().replaceAll(/[^a-z0-9._]/g, '_'),
    global_name: user.bot ? null : user.name,
    discriminator: user.bot ? '0001' : '0',
    avatar: null,
    bot: user.bot,
    system: false,
    public_flags: NO_FLAGS,
  };
}

export function memberJson(member: Member): Json {
  const until = member.timedOutUntil;
  return {
    user: userJson(member.user),
    nick: member.nick,
    avatar: null,
    banner: null,
    roles: member.roleIds,
    joined_at: member.joinedAt,
    premium_since: null,
    deaf: member.deaf,
    mute: member.mute,
    flags: NO_FLAGS,
    pending: false,
    communication_disabled_until: until === null ? null : new Date(until).toISOString(),
  };
}

export function channelJson(guild: Guild, channel: Channel): Json {
  const voice = channel.type !== CHANNEL_TYPE.text;
  return {
    id: channel.id,
    type: channel.type,
    guild_id: guild.id,
    name: channel.name,
    position: channel.position,
    parent_id: null,
    nsfw: false,
    topic: null,
    flags: NO_FLAGS,
    last_message_id: null,
    rate_limit_per_user: 0,
    permission_overwrites: channel.overwrites.map((overwrite) => ({
      id: overwrite.id,
      type: overwrite.type,
      allow: overwrite.allow.toString(),
      deny: overwrite.deny.toString(),
    })),
    ...(voice ? { bitrate: 64_000, user_limit: channel.userLimit, rtc_region: null } : {}),
  };
}

/** A voice state; `channelId` null means that the user has left. */
export function voiceStateJson(
  guild: Guild,
  state: VoiceState,
  channelId: string | null = state.channelId,
): Json {
  const member = guild.members.get(state.userId);
  return {
    guild_id: guild.id,
    channel_id: channelId,
    user_id: state.userId,
    ...(member ? { member: memberJson(member) } : {}),
    session_id: state.sessionId,
    deaf: state.deaf,
    mute: state.mute,
    self_deaf: state.selfDeaf,
    self_mute: state.selfMute,
    self_video: state.selfVideo,
    suppress: state.suppress,
    request_to_speak_timestamp: state.requestToSpeakAt,
  };
}

export function roleJson(role: Role, position: number): Json {
  return {
    id: role.id,
    name: role.name,
    position,
    permissions: role.permissions.toString(),
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    managed: role.botId !== null,
    mentionable: false,
    flags: NO_FLAGS,
    ...(role.botId === null ? {} : { tags: { bot_id: role.botId } }),
  };
}

/** GUILD_CREATE. As for a bot without privileged intents, only itself and the people in voice are listed. */
export function guildJson(guild: Guild): Json {
  const listed = [...guild.members.values()].filter(
    ({ user }) => user.id === guild.bot.id || guild.voiceStates.has(user.id),
  );
  return {
    id: guild.id,
    name: guild.name,
    owner_id: guild.owner.id,
    icon: null,
    splash: null,
    banner: null,
    description: null,
    joined_at: guild.members.get(guild.bot.id)?.joinedAt,
    large: false,
    unavailable: false,
    member_count: guild.members.size,
    afk_channel_id: guild.afkChannelId,
    afk_timeout: AFK_TIMEOUT_S,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    nsfw_level: 0,
    premium_tier: 0,
    premium_subscription_count: 0,
    preferred_locale: 'en-US',
    system_channel_id: null,
    system_channel_flags: NO_FLAGS,
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    vanity_url_code: null,
    application_id: null,
    features: [],
    emojis: [],
    stickers: [],
    threads: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
    roles: [...guild.roles.values()].map(roleJson),
    channels: [...guild.channels.values()].map((channel) => channelJson(guild, channel)),
    members: listed.map(memberJson),
    voice_states: [...guild.voiceStates.values()].map((state) => voiceStateJson(guild, state)),
  };
}
