/** The routes of channels: what a bot may read, post and change there. */
import type { Dispatch } from '../gateway/dispatch.ts';
import { INTENT } from '../gateway/gateway-session.ts';
import { CHANNEL_TYPE, type Guild } from '../guild/guild.ts';
import { channelJson } from '../guild/json.ts';
import { PERMISSIONS } from '../guild/permissions.ts';
import type { World } from '../guild/world.ts';
import type { EventLog } from '../log.ts';
import type { RestAnswer, RestRequest, Router } from './http.ts';
import { type MessageStore, readMessage } from './messages.ts';
import { fieldsOf, invalidForm, notFound, RestError } from './refusals.ts';

const MAX_VOICE_STATUS = 500;
const MAX_LISTED = 100;
const DEFAULT_LISTED = 50;

export interface ChannelRoutesOptions {
  world: World;
  messages: MessageStore;
  log: EventLog;
  dispatch: Dispatch;
}

/** Throws unless the bot has the permission in the channel. */
export function requirePermission(guild: Guild, channelId: string, permission: bigint): void {
  if (!guild.has(guild.bot.id, channelId, PERMISSIONS.ViewChannel)) {
    throw new RestError(403, 50001, 'Missing Access');
  }
  if (!guild.has(guild.bot.id, channelId, permission)) throw new RestError(403, 50013, 'Missing Permissions');
}

export class ChannelRoutes {
  readonly #options: ChannelRoutesOptions;

  constructor(options: ChannelRoutesOptions) {
    this.#options = options;
  }

  readonly route: Router = (request) => {
    const [root, id = '', kind, messageId] = request.path;
    if (root !== 'channels') return null;
    const guild = this.#options.world.guildOfChannel(id);
    if (!guild) throw new RestError(404, 10003, 'Unknown Channel');
    requirePermission(guild, id, PERMISSIONS.ViewChannel);
    const { method } = request;
    if (kind === undefined && method === 'GET') {
      const channel = guild.channels.get(id);
      return { status: 200, body: channel ? channelJson(guild, channel) : null };
    }
    if (kind === 'messages' && messageId === undefined) return this.#messages(request, guild, id);
    if (kind === 'messages' && messageId !== undefined) return this.#message(request, id, messageId);
    if (kind === 'typing' && method === 'POST') return { status: 204 };
    if (kind === 'voice-status' && method === 'PUT') return this.#voiceStatus(request, guild, id);
    throw notFound();
  };

  #messages({ method, body, files, query }: RestRequest, guild: Guild, channelId: string): RestAnswer {
    const { messages, log } = this.#options;
    if (method === 'GET') {
      requirePermission(guild, channelId, PERMISSIONS.ReadMessageHistory);
      const limit = Math.min(MAX_LISTED, Number(query.get('limit') ?? DEFAULT_LISTED));
      const newestFirst = messages.visible(channelId).reverse().slice(0, limit);
      return { status: 200, body: newestFirst.map((message) => messages.json(message)) };
    }
    if (method !== 'POST') throw notFound();
    requirePermission(guild, channelId, PERMISSIONS.SendMessages);
    if (files.length > 0) requirePermission(guild, channelId, PERMISSIONS.AttachFiles);
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

  #voiceStatus({ body }: RestRequest, guild: Guild, channelId: string): RestAnswer {
    const status = fieldsOf(body).status ?? null;
    if (status !== null && (typeof status !== 'string' || status.length > MAX_VOICE_STATUS)) {
      throw invalidForm('status', `Must be ${MAX_VOICE_STATUS} or fewer in length.`);
    }
    const channel = guild.channels.get(channelId);
    if (channel?.type !== CHANNEL_TYPE.voice)
      throw new RestError(400, 50024, 'Cannot execute action on this channel type');
    requirePermission(guild, channelId, PERMISSIONS.SetVoiceChannelStatus);
    const connected = guild.voiceStates.get(guild.bot.id)?.channelId === channelId;
    if (!connected) requirePermission(guild, channelId, PERMISSIONS.ManageChannels);
    channel.status = status;
    this.#options.log.add('channel.voiceStatus', { channelId, status });
    const d = { id: channelId, guild_id: guild.id, status };
    this.#options.dispatch('VOICE_CHANNEL_STATUS_UPDATE', d, { intent: INTENT.guilds, guildId: guild.id });
    return { status: 204 };
  }
}
