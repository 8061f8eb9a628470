/** Watches the channel that the agent sits in: who comes and goes, and whether the agent is still wanted. */
import { type Channel, type Client, Events, type Guild, type VoiceState } from 'discord.js';
import type { Clock, Timer } from '../base/clock.ts';
import { isBot } from './client.ts';

export interface ChannelLifeOptions {
  client: Client<true>;
  clock: Clock;
  guildId: string;
  channelId: string;
  onPersonLeft(userId: string): void;
  /** Nobody but bots has been there for a minute. */
  onDeserted(): void;
  /** The agent was dragged to another channel. */
  onMoved(channelId: string): void;
  /** A moderator, or a change of permissions, keeps the agent from talking or hearing: told once until it is over. */
  onHindered(how: Hindrance): void;
  onRemoved(how: Removal): void;
}

export type Removal = 'disconnected' | 'channelDeleted' | 'serverLeft';

/** Muted and deafened are a moderator's doing; suppressed is who lost the right to speak, or listens to a stage. */
export type Hindrance = 'muted' | 'deafened' | 'suppressed';

const DESERTED_AFTER_MS = 60_000;

export class ChannelLife {
  readonly #options: ChannelLifeOptions;
  #deserted: Timer | null = null;
  /** Discord has said that the agent is here: what it says of the agent before is about an earlier stay. */
  #arrived = false;
  #seen: ReadonlySet<string> = new Set();
  readonly #hindrances = new Set<Hindrance>();
  readonly #onVoiceState = (before: VoiceState, after: VoiceState) => this.#voiceState(before, after);
  readonly #onChannelDelete = (channel: Channel) => {
    if (channel.id === this.#options.channelId) this.#options.onRemoved('channelDeleted');
  };
  readonly #onGuildDelete = (guild: Guild) => {
    if (guild.id === this.#options.guildId) this.#options.onRemoved('serverLeft');
  };

  readonly #onGuildAvailable = (guild: Guild) => {
    if (guild.id === this.#options.guildId) this.#lookAround();
  };

  constructor(options: ChannelLifeOptions) {
    this.#options = options;
    const { client } = options;
    this.#seen = new Set(this.#present());
    client.on(Events.VoiceStateUpdate, this.#onVoiceState);
    client.on(Events.ChannelDelete, this.#onChannelDelete);
    client.on(Events.GuildDelete, this.#onGuildDelete);
    client.on(Events.GuildAvailable, this.#onGuildAvailable);
    this.#watchDesertion();
  }

  /** People in the channel: bots, the agent among them, do not count. */
  get people(): string[] {
    return this.#present().filter((id) => !isBot(this.#guild!, id));
  }

  /** Whether a word of the agent's would be heard. */
  get maySpeak(): boolean {
    return !this.#hindrances.has('muted') && !this.#hindrances.has('suppressed');
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
    client.off(Events.GuildAvailable, this.#onGuildAvailable);
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
    const { guildId, client } = this.#options;
    if (after.guild.id !== guildId) return;
    if (after.id === client.user.id) {
      this.#ownState(after.channelId);
      return this.#watchHindrances(after);
    }
    if (before.channelId === after.channelId) return;
    this.#lookAround();
  }

  /** Finds out who has left: after an outage of the server, Discord tells only who is there. */
  #lookAround(): void {
    const present = new Set(this.#present());
    const left = [...this.#seen].filter((id) => !present.has(id));
    this.#seen = present;
    for (const id of left) this.#options.onPersonLeft(id);
    this.#watchDesertion();
  }

  /** Not by what changed: a moved agent finds itself hindered, or not, where it arrives. */
  #watchHindrances({ channelId, serverMute, serverDeaf, suppress }: VoiceState): void {
    if (channelId !== this.#options.channelId) return;
    const now = { muted: serverMute, deafened: serverDeaf, suppressed: suppress };
    for (const [how, hindered] of Object.entries(now) as [Hindrance, boolean | null][]) {
      if ((hindered === true) === this.#hindrances.has(how)) continue;
      if (!hindered) this.#hindrances.delete(how);
      else {
        this.#hindrances.add(how);
        this.#options.onHindered(how);
      }
    }
  }

  #ownState(channelId: string | null): void {
    if (channelId === this.#options.channelId) this.#arrived = true;
    else if (!this.#arrived) return;
    else if (channelId === null) this.#options.onRemoved('disconnected');
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
