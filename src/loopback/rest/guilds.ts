/** The routes of guilds: their channels and members, and the voice states that a bot may change. */
import { CHANNEL_TYPE, type Guild, type Member, type VoiceState } from '../guild/guild.ts';
import { channelJson, guildJson, memberJson, roleJson, voiceStateJson } from '../guild/json.ts';
import { PERMISSIONS } from '../guild/permissions.ts';
import type { World } from '../guild/world.ts';
import { requirePermission } from './channels.ts';
import type { RestAnswer, RestRequest, Router } from './http.ts';
import { type Fields, fieldsOf, invalidForm, notFound, RestError } from './refusals.ts';

const MAX_NICK = 32;

/** What the routes do to a guild's voice. */
export interface GuildActions {
  updateVoiceState(guild: Guild, userId: string, change: Partial<VoiceState>): void;
  moderate(guild: Guild, userId: string, change: { mute?: boolean; deaf?: boolean }): void;
  /** To another channel, or out of voice. */
  move(guild: Guild, userId: string, channelId: string | null): void;
  memberChanged(guild: Guild, userId: string): void;
}

export class GuildRoutes {
  readonly #world: World;
  readonly #actions: GuildActions;

  constructor(world: World, actions: GuildActions) {
    this.#world = world;
    this.#actions = actions;
  }

  readonly route: Router = (request) => {
    const [root, guildId = '', kind, id = ''] = request.path;
    if (root !== 'guilds') return null;
    const guild = this.#world.guilds.get(guildId);
    if (!guild) throw new RestError(404, 10004, 'Unknown Guild');
    const { method, body } = request;
    const userId = id === '@me' ? guild.bot.id : id;
    if (kind === 'voice-states') return this.#voiceState(request, guild, userId);
    if (kind === 'members' && method === 'PATCH') return this.#changeMember(guild, userId, fieldsOf(body));
    if (method !== 'GET') throw notFound();
    switch (kind) {
      case undefined:
        return { status: 200, body: guildJson(guild) };
      case 'channels':
        return {
          status: 200,
          body: [...guild.channels.values()].map((channel) => channelJson(guild, channel)),
        };
      case 'roles':
        return { status: 200, body: [...guild.roles.values()].map(roleJson) };
      case 'members':
        return { status: 200, body: memberJson(this.#member(guild, userId)) };
      default:
        throw notFound();
    }
  };

  #member(guild: Guild, userId: string): Member {
    const member = guild.members.get(userId);
    if (!member) throw new RestError(404, 10007, 'Unknown Member');
    return member;
  }

  /** `/voice-states/@me` and `/voice-states/:user`: only a stage's can be changed here. */
  #voiceState({ method, body }: RestRequest, guild: Guild, userId: string): RestAnswer {
    const state = guild.voiceStates.get(userId);
    if (!state) throw new RestError(404, 10065, 'Unknown Voice State');
    if (method === 'GET') {
      if (userId !== guild.bot.id) requirePermission(guild, state.channelId, PERMISSIONS.Connect);
      return { status: 200, body: voiceStateJson(guild, state) };
    }
    if (method !== 'PATCH') throw notFound();
    const fields = fieldsOf(body);
    const wrongChannel = fields.channel_id !== undefined && fields.channel_id !== state.channelId;
    if (wrongChannel || !guild.isStage(state.channelId)) {
      throw new RestError(400, 50024, 'Cannot execute action on this channel type');
    }
    const change =
      userId === guild.bot.id ? this.#ownStage(guild, state, fields) : this.#otherStage(guild, state, fields);
    this.#actions.updateVoiceState(guild, userId, change);
    return { status: 204 };
  }

  #ownStage(guild: Guild, { channelId }: VoiceState, fields: Fields): Partial<VoiceState> {
    const { suppress, request_to_speak_timestamp: requested } = fields;
    const change: Partial<VoiceState> = {};
    if (suppress !== undefined) {
      if (typeof suppress !== 'boolean') throw invalidForm('suppress', 'Must be either true or false.');
      if (!suppress) requirePermission(guild, channelId, PERMISSIONS.MuteMembers);
      change.suppress = suppress;
      if (suppress) change.requestToSpeakAt = null;
    }
    if (requested === null) change.requestToSpeakAt = null;
    else if (requested !== undefined) {
      const atMs = Date.parse(String(requested));
      if (Number.isNaN(atMs)) throw invalidForm('request_to_speak_timestamp', 'Could not parse as a time.');
      requirePermission(guild, channelId, PERMISSIONS.RequestToSpeak);
      change.requestToSpeakAt = new Date(atMs).toISOString();
    }
    return change;
  }

  #otherStage(guild: Guild, { userId, channelId }: VoiceState, { suppress }: Fields): Partial<VoiceState> {
    if (typeof suppress !== 'boolean') throw invalidForm('suppress', 'Must be either true or false.');
    requirePermission(guild, channelId, PERMISSIONS.MuteMembers);
    const invited = !suppress && !guild.members.get(userId)?.user.bot;
    return { suppress, requestToSpeakAt: invited ? new Date().toISOString() : null };
  }

  /** Nickname, server mute and deafen, and the way to another voice channel or out of it. */
  #changeMember(guild: Guild, userId: string, fields: Fields): RestAnswer {
    const member = this.#member(guild, userId);
    const { nick, mute, deaf, channel_id: channelId } = fields;
    const own = userId === guild.bot.id;
    const require = (permission: bigint) => {
      if ((guild.guildPermissions(guild.bot.id) & permission) === 0n) {
        throw new RestError(403, 50013, 'Missing Permissions');
      }
    };
    if (nick !== undefined) {
      if (nick !== null && (typeof nick !== 'string' || nick.length > MAX_NICK)) {
        throw invalidForm('nick', `Must be ${MAX_NICK} or fewer in length.`);
      }
      require(own ? PERMISSIONS.ChangeNickname : PERMISSIONS.ManageNicknames);
      member.nick = nick || null;
    }
    const voice = guild.voiceStates.get(userId);
    if ((mute !== undefined || deaf !== undefined || channelId !== undefined) && !voice) {
      throw new RestError(400, 40032, 'Target user is not connected to voice.');
    }
    if (typeof mute === 'boolean') require(PERMISSIONS.MuteMembers);
    if (typeof deaf === 'boolean') require(PERMISSIONS.DeafenMembers);
    if (typeof mute === 'boolean' || typeof deaf === 'boolean') {
      this.#actions.moderate(guild, userId, {
        ...(typeof mute === 'boolean' ? { mute } : {}),
        ...(typeof deaf === 'boolean' ? { deaf } : {}),
      });
    }
    if (channelId !== undefined) {
      require(PERMISSIONS.MoveMembers);
      this.#actions.move(guild, userId, this.#voiceChannel(guild, channelId));
    }
    this.#actions.memberChanged(guild, userId);
    return { status: 200, body: memberJson(member) };
  }

  #voiceChannel(guild: Guild, id: unknown): string | null {
    if (id === null) return null;
    const channel = guild.channels.get(String(id));
    if (!channel || channel.type === CHANNEL_TYPE.text)
      throw invalidForm('channel_id', 'Must be a voice channel.');
    return channel.id;
  }
}
