/** Watches what the agent may do in its channel: permissions that are taken away, and timeouts, in the middle of a call. */
import {
  type Client,
  Events,
  type Guild,
  type GuildMember,
  type PartialGuildMember,
  type Role,
  type VoiceBasedChannel,
} from 'discord.js';
import type { ParleyError } from '../base/errors.ts';
import { missingPermissions, type NeededPermission, whyBarred } from './permissions.ts';

export interface PermissionWatchOptions {
  client: Client<true>;
  guildId: string;
  channelId: string;
  /** These were there a moment ago. */
  onLost(names: readonly NeededPermission[]): void;
  /** The agent can answer in no way any more. Called once. */
  onBarred(error: ParleyError): void;
}

export class PermissionWatch {
  readonly #options: PermissionWatchOptions;
  #missing: readonly NeededPermission[];
  #barred = false;
  readonly #onChannel = (_: unknown, { id }: { id: string }) => {
    if (id === this.#options.channelId) this.#look();
  };
  readonly #onRole = (...roles: Role[]) => this.#lookIn(roles.at(-1)!.guild);
  readonly #onMember = (_: GuildMember | PartialGuildMember, { id, guild }: GuildMember) => {
    if (id === this.#options.client.user.id) this.#lookIn(guild);
  };

  constructor(options: PermissionWatchOptions) {
    this.#options = options;
    const channel = this.#channel;
    this.#missing = channel ? missingPermissions(channel) : [];
    const { client } = options;
    client.on(Events.ChannelUpdate, this.#onChannel);
    client.on(Events.GuildRoleUpdate, this.#onRole);
    client.on(Events.GuildRoleDelete, this.#onRole);
    client.on(Events.GuildMemberUpdate, this.#onMember);
  }

  close(): void {
    const { client } = this.#options;
    client.off(Events.ChannelUpdate, this.#onChannel);
    client.off(Events.GuildRoleUpdate, this.#onRole);
    client.off(Events.GuildRoleDelete, this.#onRole);
    client.off(Events.GuildMemberUpdate, this.#onMember);
  }

  get #channel(): VoiceBasedChannel | null {
    const channel = this.#options.client.channels.cache.get(this.#options.channelId);
    return channel?.isVoiceBased() ? channel : null;
  }

  #lookIn({ id }: Guild): void {
    if (id === this.#options.guildId) this.#look();
  }

  #look(): void {
    const channel = this.#channel;
    // A channel that is gone is told of otherwise.
    if (!channel || this.#barred) return;
    const error = whyBarred(channel);
    if (error) {
      this.#barred = true;
      return this.#options.onBarred(error);
    }
    const before = this.#missing;
    this.#missing = missingPermissions(channel);
    const lost = this.#missing.filter((name) => !before.includes(name));
    if (lost.length > 0) this.#options.onLost(lost);
  }
}
