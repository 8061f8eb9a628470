/** Faults that happen once, when called: broken connections, forged packets, a moderator's hand, a server that moves. */
import type { Gateway } from './gateway/gateway.ts';
import { INTENT } from './gateway/gateway-session.ts';
import type { Channel, Guild } from './guild/guild.ts';
import { bitsOf, type PermissionName } from './guild/permissions.ts';
import type { RestFault } from './rest/server.ts';
import type { Signalling } from './voice/signalling.ts';
import type { VoiceServer } from './voice/voice-server.ts';
import type { VoiceSession } from './voice/voice-session.ts';

export interface FaultsHost {
  guild: Guild;
  gateway: Gateway;
  signalling: Signalling;
  /** The voice server that new tickets name. */
  voiceServer(): VoiceServer;
  sessions: ReadonlySet<VoiceSession>;
  restFaults: RestFault[];
  /** Starts another voice server and makes it the one that tickets name. */
  openVoiceServer(): Promise<void>;
  /** Persons leave the channel. */
  emptyChannel(channelId: string): void;
}

export class Faults {
  readonly #host: FaultsHost;

  constructor(host: FaultsHost) {
    this.#host = host;
  }

  /** Damages the next `count` packets to the bot. */
  corruptNext(count: number): void {
    this.#host.voiceServer().corruptNext(count);
  }

  /** Any bytes to the bot's UDP port, past all network faults. Throws when the bot has none. */
  sendRaw(packet: Buffer): void {
    const session = [...this.#host.sessions].find(({ address }) => address !== null);
    if (!session) throw new Error('the bot has no UDP address');
    session.sendRaw(packet);
  }

  /** Closes the bot's voice connection with this code; 1006 breaks it without goodbye. */
  closeVoice(code: number): void {
    for (const session of [...this.#host.sessions]) this.#host.voiceServer().drop(session, code);
  }

  /** Any text or bytes on the bot's voice connection. */
  sendVoice(data: string | Buffer): void {
    for (const { socket } of this.#host.sessions) socket?.send(data);
  }

  /** Closes the bot's gateway connection with this code; 1006 breaks it without goodbye. */
  closeGateway(code: number): void {
    this.#host.gateway.closeConnections(code);
  }

  /** Op 7: the client shall reconnect and resume. */
  requestReconnect(): void {
    this.#host.gateway.control(7, null);
  }

  /** Op 9: the session is invalid, for good unless resumable. */
  invalidateSession(resumable: boolean): void {
    this.#host.gateway.control(9, resumable);
  }

  /** The next requests whose "METHOD /path" matches fail. */
  failRest(fault: RestFault): void {
    this.#host.restFaults.push(fault);
  }

  /** A moderator disconnects the bot from voice. */
  kickBot(): void {
    this.#host.signalling.leave(this.#host.guild.bot.id);
  }

  /** A moderator moves the bot. Throws when it is in no channel. */
  moveBot(channelId: string): void {
    const { guild, signalling } = this.#host;
    const state = guild.voiceStates.get(guild.bot.id);
    if (!state) throw new Error('the bot is in no voice channel');
    const { sessionId, selfMute, selfDeaf } = state;
    signalling.enter(guild.bot.id, channelId, sessionId, { selfMute, selfDeaf });
  }

  /** A moderator mutes or deafens the bot for the whole server, or takes that back. */
  moderateBot(change: { mute?: boolean; deaf?: boolean }): void {
    this.#host.signalling.update(this.#host.guild.bot.id, change);
  }

  deleteChannel(channelId: string): void {
    const { guild, gateway, signalling, emptyChannel } = this.#host;
    const channel = guild.channels.get(channelId);
    if (!channel) throw new Error(`there is no channel ${channelId}`);
    guild.channels.delete(channelId);
    gateway.dispatch('CHANNEL_DELETE', guild.channelJson(channel), INTENT.guilds);
    emptyChannel(channelId);
    if (guild.voiceStates.get(guild.bot.id)?.channelId === channelId) signalling.leave(guild.bot.id);
  }

  /** A channel overwrite denies the bot exactly these permissions; an empty list takes it back. */
  denyPermissions(channelId: string, names: readonly PermissionName[]): void {
    const { guild } = this.#host;
    this.#changeChannel(channelId, (channel) => {
      channel.overwrites = channel.overwrites.filter(({ id }) => id !== guild.bot.id);
      if (names.length === 0) return;
      channel.overwrites.push({ id: guild.bot.id, type: 1, allow: 0n, deny: bitsOf(names) });
    });
  }

  /** Lets so many users into a voice channel; 0 lifts the limit. */
  limitUsers(channelId: string, limit: number): void {
    this.#changeChannel(channelId, (channel) => {
      channel.userLimit = limit;
    });
  }

  #changeChannel(channelId: string, change: (channel: Channel) => void): void {
    const { guild, gateway, signalling } = this.#host;
    const channel = guild.channels.get(channelId);
    if (!channel) throw new Error(`there is no channel ${channelId}`);
    change(channel);
    gateway.dispatch('CHANNEL_UPDATE', guild.channelJson(channel), INTENT.guilds);
    signalling.permissionsChanged(channelId);
  }

  /**
   * The guild's voice moves to another server: VOICE_SERVER_UPDATE with a new endpoint and token.
   * @param gap first says that there is no endpoint (null), as Discord does when a server failed.
   */
  async serverMoveVoice({ gap = false }: { gap?: boolean } = {}): Promise<void> {
    const { signalling } = this.#host;
    if (gap) signalling.sendServer(null);
    await this.#host.openVoiceServer();
    signalling.renewTicket();
    signalling.sendServer();
  }
}
