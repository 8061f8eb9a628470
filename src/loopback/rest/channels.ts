/** The routes of channels, guild members and voice states: what a bot may read, post and change in its guild. */

import type { VoiceState } from '../guild/guild.ts';
import { CHANNEL_TYPE, type Guild } from '../guild/guild.ts';
import { PERMISSIONS } from '../guild/permissions.ts';
import type { EventLog } from '../log.ts';
import {
  fieldsOf,
  invalidForm,
  notFound,
  type RestAnswer,
  RestError,
  type RestRequest,
  type Router,
} from './http.ts';
import { type MessageStore, readMessage } from './messages.ts';

const MAX_VOICE_STATUS = 500;

export interface ChannelRoutesOptions {
  guild: Guild;
  messages: MessageStore;
  log: EventLog;
  /** Changes the bot's voice state and announces it. */
  updateVoiceState(change: Partial<VoiceState>): void;
}

export class ChannelRoutes {
  readonly #options: ChannelRoutesOptions;

  constructor(options: ChannelRoutesOptions) {
    this.#options = options;
  }

  readonly route: Router = (request) => {
    const [root, id = '', ...rest] = request.path;
    if (root === 'channels') return this.#channel(request, id, rest);
    if (root === 'guilds' && id === this.#options.guild.id) return this.#guild(request, rest);
    return null;
  };

  /** Throws unless the bot has the permission in the channel. */
  #require(channelId: string, permission: bigint): void {
    const { guild } = this.#options;
    if (!guild.channels.has(channelId)) throw new RestError(404, 10003, 'Unknown Channel');
    if (!guild.has(guild.bot.id, channelId, PERMISSIONS.ViewChannel)) {
      throw new RestError(403, 50001, 'Missing Access');
    }
    if (!guild.has(guild.bot.id, channelId, permission)) {
      throw new RestError(403, 50013, 'Missing Permissions');
    }
  }

  #channel(request: RestRequest, channelId: string, rest: readonly string[]): RestAnswer {
    const { method } = request;
    const [kind, messageId] = rest;
    this.#require(channelId, PERMISSIONS.ViewChannel);
    if (kind === undefined && method === 'GET') {
      const channel = this.#options.guild.channels.get(channelId);
      return { status: 200, body: channel ? this.#options.guild.channelJson(channel) : null };
    }
    if (kind === 'messages' && messageId === undefined && method === 'POST') {
      return this.#post(request, channelId);
    }
    if (kind === 'messages' && messageId !== undefined) return this.#message(request, channelId, messageId);
    if (kind === 'typing' && method === 'POST') return { status: 204 };
    if (kind === 'voice-status' && method === 'PUT') return this.#voiceStatus(request, channelId);
    throw notFound();
  }

  #post({ body, files }: RestRequest, channelId: string): RestAnswer {
    const { messages, log } = this.#options;
    this.#require(channelId, PERMISSIONS.SendMessages);
    if (files.length > 0) this.#require(channelId, PERMISSIONS.AttachFiles);
    const message = messages.create(channelId, readMessage(body, files), null);
    log.add('message.create', { channelId, id: message.id });
    return { status: 200, body: messages.json(message) };
  }

  #message({ method, body, files }: RestRequest, channelId: string, id: string): RestAnswer {
    const { messages, log } = this.#options;
    const message = messages.get(id);
    if (message.channelId !== channelId) throw new RestError(404, 10008, 'Unknown Message');
    if (method === 'DELETE') {
      message.deleted = true;
      log.add('message.delete', { channelId, id });
      return { status: 204 };
    }
    if (method === 'PATCH') {
      messages.edit(message, readMessage(body, files));
      log.add('message.edit', { channelId, id });
    } else if (method !== 'GET') throw notFound();
    return { status: 200, body: messages.json(message) };
  }

  #voiceStatus({ body }: RestRequest, channelId: string): RestAnswer {
    const status = fieldsOf(body).status ?? null;
    if (status !== null && (typeof status !== 'string' || status.length > MAX_VOICE_STATUS)) {
      throw invalidForm('status', `Must be ${MAX_VOICE_STATUS} or fewer in length.`);
    }
    this.#require(channelId, PERMISSIONS.SetVoiceChannelStatus);
    this.#options.log.add('channel.voiceStatus', { channelId, status });
    return { status: 204 };
  }

  #guild({ method, body }: RestRequest, rest: readonly string[]): RestAnswer {
    const { guild } = this.#options;
    const [kind, id = ''] = rest;
    const userId = id === '@me' ? guild.bot.id : id;
    if (kind === undefined && method === 'GET') return { status: 200, body: guild.json() };
    if (kind === 'channels' && method === 'GET') {
      return {
        status: 200,
        body: [...guild.channels.values()].map((channel) => guild.channelJson(channel)),
      };
    }
    if (kind === 'members' && method === 'GET') {
      const member = guild.members.get(userId);
      if (!member) throw new RestError(404, 10007, 'Unknown Member');
      return { status: 200, body: guild.memberJson(member) };
    }
    if (kind === 'voice-states') return this.#voiceState(method, userId, id === '@me', body);
    throw notFound();
  }

  #voiceState(method: string, userId: string, own: boolean, body: unknown): RestAnswer {
    const { guild, updateVoiceState } = this.#options;
    const state = guild.voiceStates.get(userId);
    if (!state) throw new RestError(404, 10065, 'Unknown Voice State');
    if (method === 'GET') return { status: 200, body: guild.voiceStateJson(state) };
    if (method !== 'PATCH' || !own) throw notFound();
    const { suppress } = fieldsOf(body);
    if (guild.channels.get(state.channelId)?.type !== CHANNEL_TYPE.stage) {
      throw new RestError(400, 50024, 'Cannot execute action on this channel type');
    }
    if (suppress === false) this.#require(state.channelId, PERMISSIONS.MuteMembers);
    if (typeof suppress === 'boolean') updateVoiceState({ suppress });
    return { status: 204 };
  }
}
