/** Voice states of one guild: answers the bot's op 4, moves and removes members, and hands out tickets for the voice server. */
import { randomBytes } from 'node:crypto';
import type { Dispatch } from '../gateway/dispatch.ts';
import { INTENT } from '../gateway/gateway-session.ts';
import { CHANNEL_TYPE, type Guild, type VoiceState } from '../guild/guild.ts';
import { memberJson, voiceStateJson } from '../guild/json.ts';
import { PERMISSIONS } from '../guild/permissions.ts';
import type { Knobs } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Ticket } from './voice-session.ts';

export interface SignallingOptions {
  guild: Guild;
  knobs: Knobs;
  log: EventLog;
  dispatch: Dispatch;
  /** What VOICE_SERVER_UPDATE names now. */
  endpoint(): string;
  /** Whether the user has an identified voice session for the channel. */
  connected(userId: string, channelId: string): boolean;
  /** Closes the user's voice session with this code, if there is one. */
  disconnect(userId: string, code: number, reason: string): void;
}

type Flags = Pick<VoiceState, 'selfMute' | 'selfDeaf'>;

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
  request(sessionId: string, channelId: string | null, flags: Flags): void {
    const { guild, log } = this.#options;
    const userId = guild.bot.id;
    const now = guild.voiceStates.get(userId);
    if (channelId === null) {
      this.leave(userId);
      return;
    }
    if (now?.channelId !== channelId && !this.mayEnter(userId, channelId)) {
      log.add('gateway.voiceStateDenied', { guildId: guild.id, channelId });
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
  enter(userId: string, channelId: string, sessionId: string, flags: Flags): void {
    const { guild, knobs } = this.#options;
    const isBot = userId === guild.bot.id;
    const before = guild.voiceStates.get(userId);
    const stays = before?.channelId === channelId;
    if (isBot && before && !stays) this.#options.disconnect(userId, DISCONNECTED, 'Disconnected.');
    const member = guild.members.get(userId);
    guild.voiceStates.set(userId, {
      userId,
      channelId,
      sessionId,
      selfMute: flags.selfMute,
      selfDeaf: flags.selfDeaf,
      selfVideo: false,
      mute: member?.mute ?? false,
      deaf: member?.deaf ?? false,
      suppress: stays ? before.suppress : this.#suppressed(userId, channelId),
      requestToSpeakAt: stays ? before.requestToSpeakAt : null,
    });
    if (!isBot) {
      this.announce(userId);
      return;
    }
    const token = randomBytes(8).toString('hex');
    this.#tickets.set(userId, { token, sessionId, userId, channelId, guildId: guild.id });
    if (!knobs.swapVoiceUpdates) this.announce(userId);
    this.sendServer();
    if (knobs.swapVoiceUpdates) this.announce(userId);
  }

  /**
   * Whether the channel lets the user in, but not be heard: a stage's audience, or without the right to speak.
   * That nobody speaks in an AFK channel is what its people see; how Discord says so there is inferred.
   */
  #suppressed(userId: string, channelId: string): boolean {
    const { guild } = this.#options;
    // Everybody comes to a stage as a listener; persons here have been invited to speak already.
    if (guild.isStage(channelId)) return userId === guild.bot.id;
    return channelId === guild.afkChannelId || !guild.has(userId, channelId, PERMISSIONS.Speak);
  }

  /**
   * Permissions changed: those in voice may have lost or won the right to speak. Who lost the right to connect
   * stays: Discord documents no disconnection, and permissions are asked when somebody comes (inferred).
   */
  permissionsChanged(): void {
    const { guild } = this.#options;
    for (const { userId, channelId, suppress: was } of guild.voiceStates.values()) {
      // On a stage a moderator decides, not the permissions.
      if (guild.isStage(channelId)) continue;
      const suppress = this.#suppressed(userId, channelId);
      if (suppress !== was) this.update(userId, { suppress });
    }
  }

  /** VOICE_SERVER_UPDATE with the bot's ticket; `endpoint` null says that the voice server is gone. */
  sendServer(endpoint: string | null = this.#options.endpoint()): void {
    const { guild, dispatch } = this.#options;
    const ticket = this.#tickets.get(guild.bot.id);
    if (!ticket) return;
    dispatch(
      'VOICE_SERVER_UPDATE',
      { token: ticket.token, guild_id: guild.id, endpoint },
      { guildId: guild.id },
    );
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

  /** A moderator mutes or deafens a member for the whole server, or takes that back. */
  moderate(userId: string, change: { mute?: boolean; deaf?: boolean }): void {
    const member = this.#options.guild.members.get(userId);
    if (member) Object.assign(member, change);
    this.update(userId, change);
  }

  /** GUILD_MEMBER_UPDATE: a bot hears of its own changes without any intent, of others' only with one. */
  announceMember(userId: string): void {
    const { guild, dispatch } = this.#options;
    const member = guild.members.get(userId);
    if (!member) return;
    const intent = userId === guild.bot.id ? 0 : INTENT.guildMembers;
    const d = { ...memberJson(member), guild_id: guild.id };
    dispatch('GUILD_MEMBER_UPDATE', d, { intent, guildId: guild.id });
  }

  /** @param code how the bot's voice connection is closed. */
  leave(userId: string, code = DISCONNECTED, reason = 'Disconnected.'): void {
    const { guild, log, dispatch } = this.#options;
    const state = guild.voiceStates.get(userId);
    if (!state) return;
    guild.voiceStates.delete(userId);
    this.#tickets.delete(userId);
    const gone = voiceStateJson(guild, state, null);
    dispatch('VOICE_STATE_UPDATE', gone, { intent: INTENT.guildVoiceStates, guildId: guild.id });
    log.add('voiceState', { guildId: guild.id, userId, channelId: null });
    this.#options.disconnect(userId, code, reason);
  }

  announce(userId: string): void {
    const { guild, log, dispatch } = this.#options;
    const state = guild.voiceStates.get(userId);
    if (!state) return;
    const json = voiceStateJson(guild, state);
    dispatch('VOICE_STATE_UPDATE', json, { intent: INTENT.guildVoiceStates, guildId: guild.id });
    log.add('voiceState', { guildId: guild.id, userId, channelId: state.channelId });
  }
}
