/** Faults that happen once, when called: broken connections, forged packets, a moderator's hand, a server that moves. */
import type { Core } from './core.ts';
import { INTENT } from './gateway/gateway-session.ts';
import { channelJson } from './guild/json.ts';
import type { PermissionName } from './guild/permissions.ts';
import type { LoopbackGuild } from './loopback-guild.ts';
import { PacketFaults } from './packet-faults.ts';
import type { RestFault } from './rest/server.ts';
import type { VoiceSide } from './voice/voice-side.ts';

export interface FaultsHost {
  core: Core;
  restFaults: RestFault[];
  /** Which guild is meant when none is named. */
  firstGuildId: string;
  guildOf(guildId: string): LoopbackGuild;
}

const CALL_TERMINATED = 4022;

/** Where a method takes a guild's id, the first guild is meant without one, unless it says otherwise. */
export class Faults {
  /** Strange packets and announcements. */
  readonly packets: PacketFaults;
  readonly #host: FaultsHost;

  constructor(host: FaultsHost) {
    this.#host = host;
    this.packets = new PacketFaults(host.core);
  }

  #side(guildId?: string): VoiceSide {
    return this.#host.core.side(guildId ?? this.#host.firstGuildId);
  }

  #guildOfChannel(channelId: string): LoopbackGuild {
    return this.#host.guildOf(this.#host.core.sideOfChannel(channelId).guild.id);
  }

  /** Damages the next `count` packets to the bot. */
  corruptNext(count: number): void {
    this.#host.core.servers.current.corruptNext(count);
  }

  /** Any bytes to the bot's UDP port, past all network faults. Throws when the bot has none. */
  sendRaw(packet: Buffer, guildId?: string): void {
    const session = this.#host.core.servers.sessionIn(guildId);
    if (!session?.address) throw new Error('the bot has no UDP address');
    session.sendRaw(packet);
  }

  /** Closes the bot's voice connections (in one guild, or in all) with this code; 1006 breaks them without goodbye. */
  closeVoice(code: number, guildId?: string): void {
    const { servers } = this.#host.core;
    for (const session of [...servers.sessions]) {
      if (guildId === undefined || session.ticket.guildId === guildId) servers.current.drop(session, code);
    }
  }

  /** Any text or bytes on the bot's voice connections (in one guild, or in all). */
  sendVoice(data: string | Buffer, guildId?: string): void {
    for (const { ticket, socket } of this.#host.core.servers.sessions) {
      if (guildId === undefined || ticket.guildId === guildId) socket?.send(data);
    }
  }

  /** Any text or bytes on the bot's gateway connection. */
  sendGateway(data: string | Buffer): void {
    this.#host.core.gateway.sendRaw(data);
  }

  /** Closes the bot's gateway connection with this code; 1006 breaks it without goodbye. */
  closeGateway(code: number): void {
    this.#host.core.gateway.closeConnections(code);
  }

  /** Op 7: the client shall reconnect and resume. */
  requestReconnect(): void {
    this.#host.core.gateway.control(7, null);
  }

  /** Op 1 from the server: the client shall send a heartbeat at once. */
  requestHeartbeat(): void {
    this.#host.core.gateway.control(1, null);
  }

  /** Op 9: the session is invalid, for good unless resumable. */
  invalidateSession(resumable: boolean): void {
    this.#host.core.gateway.control(9, resumable);
  }

  /** The token is reset: every session is closed with 4004, and REST answers 401. */
  revokeToken(): void {
    this.#host.core.revokeToken();
  }

  /** The next requests whose "METHOD /path" matches fail. */
  failRest(fault: RestFault): void {
    this.#host.restFaults.push(fault);
  }

  /** An outage makes a guild unavailable to the gateway, or ends. */
  outage(begins: boolean, guildId = this.#host.firstGuildId): void {
    this.#host.core.setAvailable(guildId, !begins);
  }

  /** A moderator disconnects the bot from voice. */
  kickBot(guildId?: string): void {
    const { signalling, guild } = this.#side(guildId);
    signalling.leave(guild.bot.id);
  }

  /** A moderator moves the bot within the guild. Throws when it is in no channel there. */
  moveBot(channelId: string): void {
    const { guild } = this.#host.core.sideOfChannel(channelId);
    if (!guild.voiceStates.has(guild.bot.id)) throw new Error('the bot is in no voice channel');
    this.#host.core.move(guild, guild.bot.id, channelId);
  }

  /** A moderator mutes or deafens the bot for the whole server, or takes that back. */
  moderateBot(change: { mute?: boolean; deaf?: boolean }, guildId?: string): void {
    const { guild, signalling } = this.#side(guildId);
    signalling.moderate(guild.bot.id, change);
  }

  /** A moderator times the bot out: it may neither join nor speak nor write. 0 takes that back. */
  timeOutBot(ms: number, guildId?: string): void {
    const { guild, signalling } = this.#side(guildId);
    const member = guild.members.get(guild.bot.id);
    if (!member) return;
    member.timedOutUntil = ms > 0 ? Date.now() + ms : null;
    signalling.announceMember(guild.bot.id);
    signalling.permissionsChanged();
  }

  /** A person on the stage makes the bot a speaker. Throws when the bot is on no stage. */
  inviteToSpeak(guildId?: string): void {
    this.#setSuppressed(false, guildId);
  }

  /** A person on the stage makes the bot a listener again. Throws when the bot is on no stage. */
  moveToAudience(guildId?: string): void {
    this.#setSuppressed(true, guildId);
  }

  #setSuppressed(suppress: boolean, guildId?: string): void {
    const { guild, signalling } = this.#side(guildId);
    const state = guild.voiceStates.get(guild.bot.id);
    if (!state || !guild.isStage(state.channelId)) throw new Error('the bot is on no stage');
    signalling.update(guild.bot.id, { suppress, requestToSpeakAt: null });
  }

  /** Throws when there is no such channel. */
  deleteChannel(channelId: string): void {
    const { core } = this.#host;
    const { guild, signalling } = core.sideOfChannel(channelId);
    const channel = guild.channels.get(channelId);
    if (!channel) return;
    core.dispatch('CHANNEL_DELETE', channelJson(guild, channel), {
      intent: INTENT.guilds,
      guildId: guild.id,
    });
    for (const person of core.people) if (person.channelId === channelId) person.leaveVoice();
    const botThere = guild.voiceStates.get(guild.bot.id)?.channelId === channelId;
    if (botThere) signalling.leave(guild.bot.id, CALL_TERMINATED, 'Call terminated.');
    guild.channels.delete(channelId);
  }

  /** Takes end-to-end encryption away from a call (op 21, 23, 22), as soon as its group is settled. */
  downgradeDave(channelId: string): void {
    this.#changeDave(channelId, 0);
  }

  /** Gives it back (op 24, a new group, op 22). */
  upgradeDave(channelId: string): void {
    this.#changeDave(channelId, 1);
  }

  /** Throws for a channel that never is end-to-end encrypted. */
  #changeDave(channelId: string, version: 0 | 1): void {
    const delivery = this.#host.core.sideOfChannel(channelId).call(channelId)?.delivery;
    if (!delivery) throw new Error('calls of this channel are not end-to-end encrypted');
    delivery.change(version);
  }

  /** A channel overwrite denies the bot exactly these permissions; an empty list takes it back. */
  denyPermissions(channelId: string, deny: readonly PermissionName[]): void {
    const { id } = this.#host.core.options.world.bot;
    this.#guildOfChannel(channelId).overwrite(channelId, { userId: id, deny });
  }

  /** Lets so many users into a voice channel; 0 lifts the limit. */
  limitUsers(channelId: string, limit: number): void {
    this.#guildOfChannel(channelId).limitUsers(channelId, limit);
  }

  /**
   * The guild's voice moves to another server: VOICE_SERVER_UPDATE with a new endpoint and token.
   * @param gap first says that there is no endpoint (null), as Discord does when a server failed.
   */
  async serverMoveVoice({ gap = false, guildId }: { gap?: boolean; guildId?: string } = {}): Promise<void> {
    const { signalling } = this.#side(guildId);
    if (gap) signalling.sendServer(null);
    await this.#host.core.servers.openServer();
    signalling.renewTicket();
    signalling.sendServer();
  }
}
