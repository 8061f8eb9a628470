/** Watches the channel that the agent sits in: who comes and goes, and whether the agent is still wanted. */
import { type Channel, type Client, Events, type Guild, type VoiceState } from 'discord.js';
import type { Clock, Timer } from '../base/clock.ts';
import { isBot } from './client.ts';

export interface ChannelLifeOptions {
  client: Client<true>;
  clock: Clock;
  guildId: string;
  channelId: string;
  onPersonJoined(userId: string): void;
  onPersonLeft(userId: string): void;
  /** Nobody but bots has been there for a minute. */
  onDeserted(): void;
  /** The agent was dragged to another channel. */
  onMoved(channelId: string): void;
  /** The agent was disconnected, its channel deleted, or it was removed from the server. */
  onRemoved(): void;
}

const DESERTED_AFTER_MS = 60_000;

export class ChannelLife {
  readonly #options: ChannelLifeOptions;
  #deserted: Timer | null = null;
  /** Discord has said that the agent is here: what it says of the agent before is about an earlier stay. */
  #arrived = false;
  readonly #onVoiceState = (before: VoiceState, after: VoiceState) => this.#voiceState(before, after);
  readonly #onChannelDelete = (channel: Channel) => {
    if (channel.id === this.#options.channelId) this.#options.onRemoved();
  };
  readonly #onGuildDelete = (guild: Guild) => {
    if (guild.id === this.#options.guildId) this.#options.onRemoved();
  };

  constructor(options: ChannelLifeOptions) {
    this.#options = options;
    const { client } = options;
    client.on(Events.VoiceStateUpdate, this.#onVoiceState);
    client.on(Events.ChannelDelete, this.#onChannelDelete);
    client.on(Events.GuildDelete, this.#onGuildDelete);
    this.#watchDesertion();
  }

  /** People in the channel: bots, the agent among them, do not count. */
  get people(): string[] {
    return this.#present().filter((id) => !isBot(this.#guild!, id));
  }

  /** Anybody but the agent, bots too: they all belong to the encryption group. */
  get hasCompany(): boolean {
    return this.#present().some((id) => id !== this.#options.client.user.id);
  }

  close(): void {
    this.#deserted?.cancel();
    const { client } = this.#options;
    client.off(Events.VoiceStateUpdate, this.#onVoiceState);
    client.off(Events.ChannelDelete, this.#onChannelDelete);
    client.off(Events.GuildDelete, this.#onGuildDelete);
  }

  get #guild(): Guild | undefined {
    return this.#options.client.guilds.cache.get(this.#options.guildId);
  }

  #present(): string[] {
    const states = this.#guild?.voiceStates.cache.filter(
      (state) => state.channelId === this.#options.channelId,
    );
    return [...(states?.keys() ?? [])];
  }

  #voiceState(before: VoiceState, after: VoiceState): void {
    const { guildId, channelId, client } = this.#options;
    if (after.guild.id !== guildId) return;
    if (after.id === client.user.id) return this.#ownState(after.channelId);
    if (before.channelId === after.channelId) return;
    if (after.channelId === channelId) this.#options.onPersonJoined(after.id);
    else if (before.channelId === channelId) this.#options.onPersonLeft(after.id);
    this.#watchDesertion();
  }

  #ownState(channelId: string | null): void {
    if (channelId === this.#options.channelId) this.#arrived = true;
    else if (!this.#arrived) return;
    else if (channelId === null) this.#options.onRemoved();
    else this.#options.onMoved(channelId);
  }

  #watchDesertion(): void {
    if (this.people.length > 0) {
      this.#deserted?.cancel();
      this.#deserted = null;
      return;
    }
    this.#deserted ??= this.#options.clock.setTimer(DESERTED_AFTER_MS, () => this.#options.onDeserted());
  }
}
