/** All that the bot belongs to: its own user, the users it may meet, and the guilds that it is a member of. */
import { Guild, type User } from './guild.ts';
import { snowflake } from './snowflake.ts';

export class World {
  readonly bot: User;
  /** The guilds that have the bot, oldest first. */
  readonly guilds = new Map<string, Guild>();
  /** Guilds that an outage has made unavailable. */
  readonly unavailable = new Set<string>();

  constructor(botName: string) {
    this.bot = this.createUser(botName, true);
  }

  createUser(name: string, bot = false): User {
    return { id: snowflake(), name, bot };
  }

  /** A new guild, owned by a person of its own. Throws when the id is taken. */
  createGuild(name: string, id?: string): Guild {
    if (id !== undefined && this.guilds.has(id)) throw new Error(`there is a guild ${id} already`);
    const guild = new Guild(name, this.createUser('Owner'), this.bot, id);
    this.guilds.set(guild.id, guild);
    return guild;
  }

  /** Throws when the bot is in no such guild. */
  guild(id: string): Guild {
    const guild = this.guilds.get(id);
    if (!guild) throw new Error(`the bot is in no guild ${id}`);
    return guild;
  }

  /** Null when no guild has the channel. */
  guildOfChannel(channelId: string): Guild | null {
    return this.guilds.values().find(({ channels }) => channels.has(channelId)) ?? null;
  }
}
