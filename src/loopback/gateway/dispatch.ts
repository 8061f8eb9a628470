/** How the parts of the loopback send an event to the bot: who may see it, and which of its shards. */

export interface Audience {
  /** The intent bit that a client needs; 0 for events that everyone gets. */
  intent?: number;
  /** The event's guild: only the shard that holds it gets the event. Without a guild it is shard 0. */
  guildId?: string;
}

export type Dispatch = (event: string, d: unknown, audience?: Audience) => void;
