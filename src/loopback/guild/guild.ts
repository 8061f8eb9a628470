/** The one guild of the loopback: its members, roles, channels and voice states, and their JSON as Discord sends it. */
import { computePermissions, EVERYONE, type Overwrite, PERMISSIONS } from './permissions.ts';
import { snowflake } from './snowflake.ts';

export const CHANNEL_TYPE = { text: 0, dm: 1, voice: 2, stage: 13 } as const;

export interface User {
  id: string;
  name: string;
  bot: boolean;
}

export interface Member {
  user: User;
  roleIds: string[];
  joinedAt: string;
}

export interface Channel {
  id: string;
  type: 0 | 2 | 13;
  name: string;
  position: number;
  /** 0 means no limit. */
  userLimit: number;
  overwrites: Overwrite[];
}

export interface VoiceState {
  userId: string;
  channelId: string;
  sessionId: string;
  selfMute: boolean;
  selfDeaf: boolean;
  mute: boolean;
  deaf: boolean;
  suppress: boolean;
}

const NO_FLAGS = 0;

export class Guild {
  readonly id = snowflake();
  readonly name = 'Loopback';
  readonly adminRoleId = snowflake();
  readonly botRoleId = snowflake();
  readonly owner: User;
  readonly bot: User;
  readonly members = new Map<string, Member>();
  readonly channels = new Map<string, Channel>();
  readonly voiceStates = new Map<string, VoiceState>();

  constructor(botName: string) {
    this.owner = this.addMember('Owner', false).user;
    this.bot = this.addMember(botName, true).user;
    this.members.get(this.bot.id)?.roleIds.push(this.botRoleId);
    this.addChannel(CHANNEL_TYPE.text, 'general');
    this.addChannel(CHANNEL_TYPE.voice, 'Lounge');
    this.addChannel(CHANNEL_TYPE.voice, 'Workshop');
    this.addChannel(CHANNEL_TYPE.stage, 'Stage');
  }

  addMember(name: string, bot: boolean, admin = false): Member {
    const user = { id: snowflake(), name, bot };
    const member = { user, roleIds: admin ? [this.adminRoleId] : [], joinedAt: new Date().toISOString() };
    this.members.set(user.id, member);
    return member;
  }

  addChannel(type: Channel['type'], name: string): Channel {
    const channel: Channel = {
      id: snowflake(),
      type,
      name,
      position: this.channels.size,
      userLimit: 0,
      overwrites: [],
    };
    this.channels.set(channel.id, channel);
    return channel;
  }

  channelIds(type: Channel['type']): string[] {
    return [...this.channels.values()].filter((channel) => channel.type === type).map(({ id }) => id);
  }

  /** What the member may do in the channel; 0 when either is unknown. */
  permissions(userId: string, channelId: string): bigint {
    const member = this.members.get(userId);
    const channel = this.channels.get(channelId);
    if (!member || !channel) return 0n;
    const base = this.#rolePermissions(member.roleIds);
    const holder = { userId, isOwner: userId === this.owner.id, roleIds: member.roleIds, base };
    return computePermissions(holder, this.id, channel.overwrites);
  }

  has(userId: string, channelId: string, permission: bigint): boolean {
    return (this.permissions(userId, channelId) & permission) === permission;
  }

  #rolePermissions(roleIds: readonly string[]): bigint {
    return roleIds.includes(this.adminRoleId) ? EVERYONE | PERMISSIONS.Administrator : EVERYONE;
  }

  occupants(channelId: string): string[] {
    return [...this.voiceStates.values()]
      .filter((state) => state.channelId === channelId)
      .map(({ userId }) => userId);
  }

  userJson(user: User): Record<string, unknown> {
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

  memberJson(member: Member): Record<string, unknown> {
    return {
      user: this.userJson(member.user),
      nick: null,
      avatar: null,
      roles: member.roleIds,
      joined_at: member.joinedAt,
      premium_since: null,
      deaf: false,
      mute: false,
      flags: NO_FLAGS,
      pending: false,
      communication_disabled_until: null,
    };
  }

  channelJson(channel: Channel): Record<string, unknown> {
    const voice = channel.type !== CHANNEL_TYPE.text;
    return {
      id: channel.id,
      type: channel.type,
      guild_id: this.id,
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
  voiceStateJson(state: VoiceState, channelId: string | null = state.channelId): Record<string, unknown> {
    const member = this.members.get(state.userId);
    return {
      guild_id: this.id,
      channel_id: channelId,
      user_id: state.userId,
      ...(member ? { member: this.memberJson(member) } : {}),
      session_id: state.sessionId,
      deaf: state.deaf,
      mute: state.mute,
      self_deaf: state.selfDeaf,
      self_mute: state.selfMute,
      self_video: false,
      suppress: state.suppress,
      request_to_speak_timestamp: null,
    };
  }

  #roleJson(id: string, name: string, position: number, permissions: bigint, botId?: string): unknown {
    return {
      id,
      name,
      position,
      permissions: permissions.toString(),
      color: 0,
      colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
      hoist: false,
      icon: null,
      unicode_emoji: null,
      managed: botId !== undefined,
      mentionable: false,
      flags: NO_FLAGS,
      ...(botId === undefined ? {} : { tags: { bot_id: botId } }),
    };
  }

  /** GUILD_CREATE. As for a bot without privileged intents, only itself and the people in voice are listed. */
  json(): Record<string, unknown> {
    const listed = [...this.members.values()].filter(
      ({ user }) => user.id === this.bot.id || this.voiceStates.has(user.id),
    );
    return {
      id: this.id,
      name: this.name,
      owner_id: this.owner.id,
      icon: null,
      splash: null,
      banner: null,
      description: null,
      joined_at: this.members.get(this.bot.id)?.joinedAt,
      large: false,
      unavailable: false,
      member_count: this.members.size,
      afk_channel_id: null,
      afk_timeout: 300,
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
      roles: [
        this.#roleJson(this.id, '@everyone', 0, EVERYONE),
        this.#roleJson(this.botRoleId, this.bot.name, 1, EVERYONE, this.bot.id),
        this.#roleJson(this.adminRoleId, 'Admin', 2, EVERYONE | PERMISSIONS.Administrator),
      ],
      channels: [...this.channels.values()].map((channel) => this.channelJson(channel)),
      members: listed.map((member) => this.memberJson(member)),
      voice_states: [...this.voiceStates.values()].map((state) => this.voiceStateJson(state)),
    };
  }
}
