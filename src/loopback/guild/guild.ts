/** One guild: its members, roles, channels and voice states, and what each member may do in it. */
import { ALL, computePermissions, EVERYONE, type Overwrite, PERMISSIONS, TIMED_OUT } from './permissions.ts';
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
  nick: string | null;
  /** Server mute and deafen: they outlast a stay in voice. */
  mute: boolean;
  deaf: boolean;
  /** When a timeout ends (Date.now); null without one. */
  timedOutUntil: number | null;
}

export interface Role {
  id: string;
  name: string;
  permissions: bigint;
  /** The bot that the role belongs to; null for a role of people. */
  botId: string | null;
}

export interface Channel {
  id: string;
  type: 0 | 2 | 13;
  name: string;
  position: number;
  /** 0 means no limit. */
  userLimit: number;
  overwrites: Overwrite[];
  /** What a voice channel says of itself; null when nothing. */
  status: string | null;
}

export interface VoiceState {
  userId: string;
  channelId: string;
  sessionId: string;
  selfMute: boolean;
  selfDeaf: boolean;
  /** The camera is on. */
  selfVideo: boolean;
  mute: boolean;
  deaf: boolean;
  suppress: boolean;
  /** ISO time at which a stage's listener asked to speak; null when he did not. */
  requestToSpeakAt: string | null;
}

export class Guild {
  readonly id: string;
  readonly name: string;
  readonly owner: User;
  readonly bot: User;
  /** In the order of their positions; the first is @everyone, whose id is the guild's. */
  readonly roles = new Map<string, Role>();
  readonly members = new Map<string, Member>();
  readonly channels = new Map<string, Channel>();
  readonly voiceStates = new Map<string, VoiceState>();
  readonly botRoleId: string;
  readonly adminRoleId: string;
  afkChannelId: string | null = null;

  /** A guild as the loopback makes it: a text channel, two voice channels, a stage channel. */
  constructor(name: string, owner: User, bot: User, id = snowflake()) {
    this.id = id;
    this.name = name;
    this.owner = owner;
    this.bot = bot;
    this.roles.set(id, { id, name: '@everyone', permissions: EVERYONE, botId: null });
    this.botRoleId = this.addRole(bot.name, EVERYONE, bot.id).id;
    this.adminRoleId = this.addRole('Admin', EVERYONE | PERMISSIONS.Administrator).id;
    this.addMember(owner);
    this.addMember(bot).roleIds.push(this.botRoleId);
    this.addChannel(CHANNEL_TYPE.text, 'general');
    this.addChannel(CHANNEL_TYPE.voice, 'Lounge');
    this.addChannel(CHANNEL_TYPE.voice, 'Workshop');
    this.addChannel(CHANNEL_TYPE.stage, 'Stage');
  }

  addMember(user: User, admin = false): Member {
    const member: Member = {
      user,
      roleIds: admin ? [this.adminRoleId] : [],
      joinedAt: new Date().toISOString(),
      nick: null,
      mute: false,
      deaf: false,
      timedOutUntil: null,
    };
    this.members.set(user.id, member);
    return member;
  }

  addRole(name: string, permissions: bigint, botId: string | null = null): Role {
    const role: Role = { id: snowflake(), name, permissions, botId };
    this.roles.set(role.id, role);
    return role;
  }

  addChannel(type: Channel['type'], name: string, userLimit = 0): Channel {
    const position = this.channels.size;
    const channel: Channel = {
      id: snowflake(),
      type,
      name,
      position,
      userLimit,
      overwrites: [],
      status: null,
    };
    this.channels.set(channel.id, channel);
    return channel;
  }

  channelIds(type: Channel['type']): string[] {
    return [...this.channels.values()].filter((channel) => channel.type === type).map(({ id }) => id);
  }

  isStage(channelId: string): boolean {
    return this.channels.get(channelId)?.type === CHANNEL_TYPE.stage;
  }

  /** What the member may do in the channel; 0 when either is unknown. */
  permissions(userId: string, channelId: string): bigint {
    const member = this.members.get(userId);
    const channel = this.channels.get(channelId);
    if (!member || !channel) return 0n;
    const isOwner = userId === this.owner.id;
    const base = this.#basePermissions(member);
    const holder = { userId, isOwner, roleIds: member.roleIds, base };
    const bits = computePermissions(holder, this.id, channel.overwrites);
    const timedOut = member.timedOutUntil !== null && member.timedOutUntil > Date.now();
    const spared = isOwner || (base & PERMISSIONS.Administrator) !== 0n;
    return timedOut && !spared ? bits & TIMED_OUT : bits;
  }

  /** What the member may do where no channel says otherwise; 0 for a stranger. */
  guildPermissions(userId: string): bigint {
    const member = this.members.get(userId);
    if (!member) return 0n;
    const bits = this.#basePermissions(member);
    return userId === this.owner.id || (bits & PERMISSIONS.Administrator) !== 0n ? ALL : bits;
  }

  #basePermissions({ roleIds }: Member): bigint {
    const held = [this.id, ...roleIds].map((id) => this.roles.get(id)?.permissions ?? 0n);
    return held.reduce((bits, permissions) => bits | permissions, 0n);
  }

  has(userId: string, channelId: string, permission: bigint): boolean {
    return (this.permissions(userId, channelId) & permission) === permission;
  }

  occupants(channelId: string): string[] {
    return [...this.voiceStates.values()]
      .filter((state) => state.channelId === channelId)
      .map(({ userId }) => userId);
  }
}
