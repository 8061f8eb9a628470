/** A guild as tests see it: its channels, roles, people and permissions, and what the bot does in its voice. */
import type { Core } from './core.ts';
import { INTENT } from './gateway/gateway-session.ts';
import { CHANNEL_TYPE, type Channel, type Guild } from './guild/guild.ts';
import { channelJson, guildJson, roleJson } from './guild/json.ts';
import { bitsOf, type PermissionName } from './guild/permissions.ts';
import type { Person } from './person/person.ts';
import type { Room } from './room.ts';
import type { VoiceSide } from './voice/voice-side.ts';

export interface NewPerson {
  name: string;
  bot?: boolean;
  admin?: boolean;
}

export interface NewChannel {
  type: 'text' | 'voice' | 'stage';
  name: string;
  /** 0 means no limit. */
  userLimit?: number;
}

/** For whom an overwrite is; @everyone unless given. */
export interface OverwriteOptions {
  roleId?: string;
  userId?: string;
  allow?: readonly PermissionName[];
  deny?: readonly PermissionName[];
}

export class LoopbackGuild {
  readonly #core: Core;
  readonly #side: VoiceSide;

  constructor(core: Core, side: VoiceSide) {
    this.#core = core;
    this.#side = side;
  }

  get #guild(): Guild {
    return this.#side.guild;
  }

  /** Also the id of the role @everyone. */
  get id(): string {
    return this.#guild.id;
  }

  get name(): string {
    return this.#guild.name;
  }

  get ownerId(): string {
    return this.#guild.owner.id;
  }

  /** The role that belongs to the bot. */
  get botRoleId(): string {
    return this.#guild.botRoleId;
  }

  get textChannelId(): string {
    return this.#guild.channelIds(CHANNEL_TYPE.text)[0] ?? '';
  }

  get voiceChannelIds(): readonly string[] {
    return this.#guild.channelIds(CHANNEL_TYPE.voice);
  }

  get stageChannelId(): string {
    return this.#guild.channelIds(CHANNEL_TYPE.stage)[0] ?? '';
  }

  /** What is heard of the bot here. */
  get room(): Room {
    return this.#side.room;
  }

  /** A new user who is a member here. */
  addPerson({ name, bot = false, admin = false }: NewPerson): Person {
    const person = this.#core.addPerson(name, bot);
    this.#core.join(this.id, person.user, admin);
    return person;
  }

  /** A person of another guild becomes a member here too. */
  addMember(person: Person, { admin = false }: { admin?: boolean } = {}): void {
    this.#core.join(this.id, person.user, admin);
  }

  /** Returns the channel's id. */
  addChannel({ type, name, userLimit = 0 }: NewChannel): string {
    const channel = this.#guild.addChannel(CHANNEL_TYPE[type], name, userLimit);
    this.#dispatch('CHANNEL_CREATE', channelJson(this.#guild, channel));
    return channel.id;
  }

  /** Returns the role's id. */
  addRole(name: string, permissions: readonly PermissionName[]): string {
    const role = this.#guild.addRole(name, bitsOf(permissions));
    this.#dispatchRole('GUILD_ROLE_CREATE', role.id);
    return role.id;
  }

  /** Gives a role exactly these permissions; the guild's id is the role @everyone. Throws for an unknown role. */
  changeRole(roleId: string, permissions: readonly PermissionName[]): void {
    const role = this.#guild.roles.get(roleId);
    if (!role) throw new Error(`there is no role ${roleId}`);
    role.permissions = bitsOf(permissions);
    this.#dispatchRole('GUILD_ROLE_UPDATE', roleId);
    this.#side.signalling.permissionsChanged();
  }

  /** Throws for an unknown member. */
  giveRole(userId: string, roleId: string): void {
    this.#changeRoles(userId, (roles) => [...roles.filter((id) => id !== roleId), roleId]);
  }

  /** Throws for an unknown member. */
  takeRole(userId: string, roleId: string): void {
    this.#changeRoles(userId, (roles) => roles.filter((id) => id !== roleId));
  }

  /** A channel overwrite for a role or a member; without permissions it is taken away. Throws for an unknown channel. */
  overwrite(channelId: string, { roleId, userId, allow = [], deny = [] }: OverwriteOptions): void {
    const id = userId ?? roleId ?? this.id;
    const type = userId === undefined ? 0 : 1;
    this.#changeChannel(channelId, (channel) => {
      channel.overwrites = channel.overwrites.filter((overwrite) => overwrite.id !== id);
      if (allow.length + deny.length === 0) return;
      channel.overwrites.push({ id, type, allow: bitsOf(allow), deny: bitsOf(deny) });
    });
  }

  /** Lets so many users into a voice channel; 0 lifts the limit. Throws for an unknown channel. */
  limitUsers(channelId: string, limit: number): void {
    this.#changeChannel(channelId, (channel) => {
      channel.userLimit = limit;
    });
  }

  setAfkChannel(channelId: string | null): void {
    this.#guild.afkChannelId = channelId;
    this.#dispatch('GUILD_UPDATE', guildJson(this.#guild));
    this.#side.signalling.permissionsChanged();
  }

  /** Where the guild believes the bot to be. */
  botVoiceChannelId(): string | null {
    return this.#guild.voiceStates.get(this.#guild.bot.id)?.channelId ?? null;
  }

  /** The bot is a listener on a stage, or may not speak. */
  botSuppressed(): boolean {
    return this.#guild.voiceStates.get(this.#guild.bot.id)?.suppress ?? false;
  }

  /** The voice privacy code of the bot's call here as the other side sees it; null without a DAVE group. */
  privacyCode(): string | null {
    return this.#side.privacyCode();
  }

  /** What the bot's voice channel says of itself; null when nothing. */
  voiceStatus(channelId: string): string | null {
    return this.#guild.channels.get(channelId)?.status ?? null;
  }

  /** Resolves when the bot is connected to voice here and shares a DAVE group with every person in its channel. */
  async botReady(deadlineMs: number): Promise<void> {
    const { log } = this.#core.options;
    await log.waitFor(`the bot to be ready in voice in ${this.name}`, () => this.#side.botReady, deadlineMs);
  }

  #dispatch(event: string, d: unknown): void {
    this.#core.dispatch(event, d, { intent: INTENT.guilds, guildId: this.id });
  }

  #dispatchRole(event: string, roleId: string): void {
    const position = [...this.#guild.roles.keys()].indexOf(roleId);
    const role = this.#guild.roles.get(roleId);
    if (role) this.#dispatch(event, { guild_id: this.id, role: roleJson(role, position) });
  }

  #changeRoles(userId: string, change: (roles: readonly string[]) => string[]): void {
    const member = this.#guild.members.get(userId);
    if (!member) throw new Error(`${userId} is no member of ${this.name}`);
    member.roleIds = change(member.roleIds);
    this.#side.signalling.announceMember(userId);
    this.#side.signalling.permissionsChanged();
  }

  #changeChannel(channelId: string, change: (channel: Channel) => void): void {
    const channel = this.#guild.channels.get(channelId);
    if (!channel) throw new Error(`there is no channel ${channelId}`);
    change(channel);
    this.#dispatch('CHANNEL_UPDATE', channelJson(this.#guild, channel));
    this.#side.signalling.permissionsChanged();
  }
}
