/** Voice states: answers the bot's op 4, moves and removes members, and hands out tickets for the voice server. */
import { randomBytes } from 'node:crypto';
import { INTENT } from '../gateway/gateway-session.ts';
import { CHANNEL_TYPE, type Guild, type VoiceState } from '../guild/guild.ts';
import { PERMISSIONS } from '../guild/permissions.ts';
import type { Knobs } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Ticket } from './voice-session.ts';

export interface SignallingOptions {
  guild: Guild;
  knobs: Knobs;
  log: EventLog;
  dispatch(event: string, d: unknown, intent?: number): void;
  /** What VOICE_SERVER_UPDATE names now. */
  endpoint(): string;
  /** Whether the user has an identified voice session for the channel. */
  connected(userId: string, channelId: string): boolean;
  /** Closes the user's voice session with this code, if there is one. */
  disconnect(userId: string, code: number): void;
}

type Fields = Record<string, unknown>;
const DISCONNECTED = 4014;

export class Signalling {
  readonly #options: SignallingOptions;
  readonly #tickets = new Map<string, Ticket>();

  constructor(options: SignallingOptions) {
    this.#options = options;
  }

  ticketOf(userId: string): Ticket | null {
    return this.#tickets.get(userId) ?? null;
  }

  /** The bot's op 4. A channel that is unknown, closed to it or full brings no event at all, as in Discord. */
  request(sessionId: string, d: Fields): void {
    const { guild, knobs, log } = this.#options;
    const channelId = typeof d.channel_id === 'string' ? d.channel_id : null;
    const flags = { selfMute: d.self_mute === true, selfDeaf: d.self_deaf === true };
    log.add('gateway.voiceState', { channelId, ...flags, answered: !knobs.ignoreVoiceState });
    if (knobs.ignoreVoiceState || d.guild_id !== guild.id) return;
    const userId = guild.bot.id;
    const now = guild.voiceStates.get(userId);
    if (channelId === null) {
      this.leave(userId);
      return;
    }
    if (now?.channelId !== channelId && !this.mayEnter(userId, channelId)) {
      log.add('gateway.voiceStateDenied', { channelId });
      return;
    }
    const onlyFlags =
      now?.channelId === channelId &&
      (now.selfMute !== flags.selfMute || now.selfDeaf !== flags.selfDeaf) &&
      this.#options.connected(userId, channelId);
    if (onlyFlags) this.update(userId, flags);
    else this.enter(userId, channelId, sessionId, flags);
  }

  mayEnter(userId: string, channelId: string): boolean {
    const { guild } = this.#options;
    const channel = guild.channels.get(channelId);
    if (!channel || channel.type === CHANNEL_TYPE.text) return false;
    if (!guild.has(userId, channelId, PERMISSIONS.Connect)) return false;
    const full = channel.userLimit > 0 && guild.occupants(channelId).length >= channel.userLimit;
    return !full || guild.has(userId, channelId, PERMISSIONS.MoveMembers);
  }

  /** Puts a user into a channel; the bot gets a new ticket and the address of the voice server. */
  enter(
    userId: string,
    channelId: string,
    sessionId: string,
    flags: Pick<VoiceState, 'selfMute' | 'selfDeaf'>,
  ): void {
    const { guild, knobs } = this.#options;
    const isBot = userId === guild.bot.id;
    const before = guild.voiceStates.get(userId);
    if (isBot && before && before.channelId !== channelId) this.#options.disconnect(userId, DISCONNECTED);
    guild.voiceStates.set(userId, {
      userId,
      channelId,
      sessionId,
      selfMute: flags.selfMute,
      selfDeaf: flags.selfDeaf,
      mute: before?.mute ?? false,
      deaf: before?.deaf ?? false,
      suppress: this.#suppressed(userId, channelId),
    });
    if (!isBot) {
      this.announce(userId);
      return;
    }
    const token = randomBytes(8).toString('hex');
    this.#tickets.set(userId, { token, sessionId, userId, channelId });
    if (!knobs.swapVoiceUpdates) this.announce(userId);
    this.sendServer();
    if (knobs.swapVoiceUpdates) this.announce(userId);
  }

  /** Whether the channel lets the user in, but not be heard: a stage's audience, or without the right to speak. */
  #suppressed(userId: string, channelId: string): boolean {
    const { guild } = this.#options;
    const stage = guild.channels.get(channelId)?.type === CHANNEL_TYPE.stage;
    // Persons on a stage are its invited speakers.
    if (stage && userId === guild.bot.id) return !guild.has(userId, channelId, PERMISSIONS.MuteMembers);
    return !guild.has(userId, channelId, PERMISSIONS.Speak);
  }

  /** The permissions of a channel changed: its occupants may have lost or won the right to speak. */
  permissionsChanged(channelId: string): void {
    const { guild } = this.#options;
    // On a stage a moderator decides, not the permissions.
    if (guild.channels.get(channelId)?.type === CHANNEL_TYPE.stage) return;
    for (const userId of guild.occupants(channelId)) {
      const suppress = this.#suppressed(userId, channelId);
      if (guild.voiceStates.get(userId)?.suppress !== suppress) this.update(userId, { suppress });
    }
  }

  /** VOICE_SERVER_UPDATE with the bot's ticket; `endpoint` null says that the voice server is gone. */
  sendServer(endpoint: string | null = this.#options.endpoint()): void {
    const { guild } = this.#options;
    const ticket = this.#tickets.get(guild.bot.id);
    if (!ticket) return;
    this.#options.dispatch('VOICE_SERVER_UPDATE', { token: ticket.token, guild_id: guild.id, endpoint });
  }

  /** A new ticket for the bot's present channel: the old one no longer lets it in. */
  renewTicket(): void {
    const ticket = this.#tickets.get(this.#options.guild.bot.id);
    if (ticket) this.#tickets.set(ticket.userId, { ...ticket, token: randomBytes(8).toString('hex') });
  }

  update(userId: string, change: Partial<VoiceState>): void {
    const state = this.#options.guild.voiceStates.get(userId);
    if (!state) return;
    Object.assign(state, change);
    this.announce(userId);
  }

  leave(userId: string): void {
    const { guild, log } = this.#options;
    const state = guild.voiceStates.get(userId);
    if (!state) return;
    guild.voiceStates.delete(userId);
    this.#tickets.delete(userId);
    const gone = guild.voiceStateJson(state, null);
    this.#options.dispatch('VOICE_STATE_UPDATE', gone, INTENT.guildVoiceStates);
    log.add('voiceState', { userId, channelId: null });
    this.#options.disconnect(userId, DISCONNECTED);
  }

  announce(userId: string): void {
    const { guild, log } = this.#options;
    const state = guild.voiceStates.get(userId);
    if (!state) return;
    const json = guild.voiceStateJson(state);
    this.#options.dispatch('VOICE_STATE_UPDATE', json, INTENT.guildVoiceStates);
    log.add('voiceState', { userId, channelId: state.channelId });
  }
}
