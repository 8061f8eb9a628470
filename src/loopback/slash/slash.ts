/** Slash commands as members invoke them: checked against what the bot registered, sent as INTERACTION_CREATE, answered. */
import type { Dispatch } from '../gateway/dispatch.ts';
import { CHANNEL_TYPE, type Guild } from '../guild/guild.ts';
import { channelJson, memberJson, userJson } from '../guild/json.ts';
import { ALL, PERMISSIONS } from '../guild/permissions.ts';
import { snowflake } from '../guild/snowflake.ts';
import type { World } from '../guild/world.ts';
import type { EventLog } from '../log.ts';
import type { Person } from '../person/person.ts';
import type { CommandRegistry } from '../rest/commands.ts';
import type { Attachment } from '../rest/http.ts';
import {
  type Choice,
  INTERACTION,
  type Interaction,
  type Interactions,
  type InteractionType,
} from '../rest/interactions.ts';
import { EPHEMERAL, type Message } from '../rest/messages.ts';
import { buildOptions, type OptionValue } from './options.ts';

export interface SlashCommand {
  name: string;
  subcommand?: string;
  /** Values by option name; channels and users by id. */
  options?: Record<string, OptionValue>;
  /** False invokes it in a direct message with the bot. */
  guild?: boolean;
  /** Where it is typed, which also says in which guild; the text channel of the first guild unless given. */
  channelId?: string;
  /**
   * Sent although Discord's client would not offer it there, or not to this member: one that has not heard of a change
   * yet, or a server that gave the command to other roles.
   */
  unoffered?: boolean;
  /** How long a deferred answer may take; 20,000 unless given. */
  deadlineMs?: number;
}

export interface SlashAnswer {
  text: string;
  /** Only the person sees it. */
  private: boolean;
  /** With their descriptions. */
  files: readonly Attachment[];
  embeds: readonly unknown[];
  /** How often the answer had been edited, the end of a deferral included. */
  edits: number;
  /** From the command to the first callback, in ms. */
  firstAnswerMs: number;
  /** From the command to the final answer, in ms. */
  answeredMs: number;
  /** Follow-up messages, as they come. */
  followUps: readonly Message[];
}

const ANSWER_DEADLINE_MS = 20_000;
const CONTEXT = { guild: 0, botDm: 1 } as const;

export interface SlashOptions {
  world: World;
  applicationId: string;
  registry: CommandRegistry;
  interactions: Interactions;
  log: EventLog;
  /** Where commands are typed unless they say so. */
  textChannelId: string;
  dispatch: Dispatch;
  /** How long the first callback may take. */
  firstAnswerMs: number;
}

/** The guild in which something is typed; null in a direct message. */
interface Place {
  guild: Guild | null;
  channelId: string;
}

export class Slash {
  readonly #options: SlashOptions;
  readonly #directChannels = new Map<string, string>();

  constructor(options: SlashOptions) {
    this.#options = options;
  }

  /**
   * Invokes a command and resolves with its final answer. Rejects when Discord would not let it be sent, when
   * nothing comes back within 3 s ("the application did not respond"), or when a deferred answer stays out.
   */
  async invoke(person: Person, command: SlashCommand): Promise<SlashAnswer> {
    const interaction = await this.#send(person, command, INTERACTION.command);
    const deadlineMs = command.deadlineMs ?? ANSWER_DEADLINE_MS;
    const what = `the answer to /${command.name}`;
    const answer = await this.#options.log.waitFor(what, () => interaction.answer, deadlineMs);
    return {
      text: answer.text,
      private: (answer.flags & EPHEMERAL) !== 0,
      files: answer.files,
      embeds: answer.embeds,
      edits: answer.edits,
      firstAnswerMs: (interaction.firstAnswerMs ?? Number.NaN) - interaction.sentMs,
      answeredMs: (interaction.answeredMs ?? Number.NaN) - interaction.sentMs,
      followUps: interaction.followUps,
    };
  }

  /**
   * Resolves with what the bot proposes while a member types the option `focused`, which holds what was typed so far.
   * Rejects when that option has no autocomplete, or when nothing comes back in time.
   */
  async complete(person: Person, command: SlashCommand & { focused: string }): Promise<Choice[]> {
    const interaction = await this.#send(person, command, INTERACTION.autocomplete, command.focused);
    return interaction.choices ?? [];
  }

  /** Resolves at the first callback. */
  async #send(
    person: Person,
    command: SlashCommand,
    type: InteractionType,
    focused: string | null = null,
  ): Promise<Interaction> {
    const { log, interactions, dispatch, applicationId, firstAnswerMs } = this.#options;
    const place = this.#placeOf(person, command);
    const { guild, channelId } = place;
    const data = this.#data(person, place, command, focused);
    const scene = guild ? this.#scene(person, guild, channelId) : this.#directScene(person, channelId);
    const interaction = interactions.open(channelId, type);
    log.add('interaction.sent', { command: command.name, subcommand: command.subcommand ?? null });
    const event = {
      id: interaction.id,
      application_id: applicationId,
      type,
      token: interaction.token,
      version: 1,
      locale: 'en-US',
      entitlements: [],
      attachment_size_limit: 10_485_760,
      channel_id: channelId,
      ...scene,
      data,
    };
    dispatch('INTERACTION_CREATE', event, guild ? { guildId: guild.id } : {});
    await log
      .waitFor('the callback', () => interaction.firstAnswerMs !== null, firstAnswerMs)
      .catch((cause) => {
        throw new Error(`/${command.name}: the application did not respond`, { cause });
      });
    return interaction;
  }

  /** Throws when the guild or channel is unknown. */
  #placeOf(person: Person, command: SlashCommand): Place {
    const { world, textChannelId } = this.#options;
    if (command.guild === false) {
      const channelId = this.#directChannels.get(person.id) ?? snowflake();
      this.#directChannels.set(person.id, channelId);
      return { guild: null, channelId };
    }
    const channelId = command.channelId ?? textChannelId;
    const guild = world.guildOfChannel(channelId);
    if (!guild) throw new Error(`no guild of the bot has the channel ${channelId}`);
    return { guild, channelId };
  }

  #scene(person: Person, guild: Guild, channelId: string): Record<string, unknown> {
    const channel = guild.channels.get(channelId);
    const member = guild.members.get(person.id);
    if (!channel || !member) throw new Error(`${person.name} is no member of ${guild.name}`);
    const permissions = guild.permissions(person.id, channelId);
    if ((permissions & PERMISSIONS.UseApplicationCommands) === 0n) {
      throw new Error(`${person.name} may not use commands in #${channel.name}`);
    }
    return {
      guild_id: guild.id,
      guild: { id: guild.id, locale: 'en-US', features: [] },
      guild_locale: 'en-US',
      channel: { ...channelJson(guild, channel), permissions: permissions.toString() },
      member: { ...memberJson(member), permissions: permissions.toString() },
      app_permissions: guild.permissions(guild.bot.id, channelId).toString(),
      authorizing_integration_owners: { 0: guild.id },
      context: CONTEXT.guild,
    };
  }

  #directScene(person: Person, channelId: string): Record<string, unknown> {
    return {
      channel: { id: channelId, type: CHANNEL_TYPE.dm, flags: 0, last_message_id: null },
      user: userJson(person.user),
      app_permissions: ALL.toString(),
      authorizing_integration_owners: { 1: person.id },
      context: CONTEXT.botDm,
    };
  }

  /** The command's data. Throws what Discord's client would not let a member send. */
  #data(
    person: Person,
    { guild, channelId }: Place,
    command: SlashCommand,
    focused: string | null,
  ): Record<string, unknown> {
    const registered = this.#options.registry.find(command.name, guild?.id ?? null);
    const offered = guild !== null || registered?.inDirectMessages || command.unoffered;
    if (!registered || !offered) {
      throw new Error(
        `there is no command /${command.name} ${guild ? 'in the guild' : 'in direct messages'}`,
      );
    }
    const needed = registered.defaultPermissions;
    const held = guild?.permissions(person.id, channelId) ?? ALL;
    if (
      !command.unoffered &&
      needed !== null &&
      held !== ALL &&
      (needed === 0n || (held & needed) !== needed)
    ) {
      throw new Error(`${person.name} lacks the permissions for /${command.name}`);
    }
    const input = { guild, invokerId: person.id, registered, focused };
    const scope = registered.json.guild_id === undefined || !guild ? {} : { guild_id: guild.id };
    return {
      id: registered.id,
      name: registered.name,
      type: 1,
      ...scope,
      ...buildOptions(input, command.subcommand ?? null, command.options ?? {}),
    };
  }
}
