/** The turns of each server since start, kept in memory within bounds. */
import type { TurnRecord } from './timeline.ts';

export interface TurnLogOptions {
  /** Turns kept of one server; enough for a p99 to mean something. */
  perGuild: number;
  /** Servers kept; beyond, the one that was silent longest is forgotten. About 1 kB a turn bounds the memory. */
  guilds: number;
}

const TURN_LOG_DEFAULTS = { perGuild: 500, guilds: 200 } as const satisfies TurnLogOptions;

export interface TurnLog {
  add(record: TurnRecord): void;
  /** This server's turns, oldest first: a copy. */
  list(guildId: string): readonly TurnRecord[];
  /** The kept turns of all servers, server by server. */
  all(): readonly TurnRecord[];
}

export function createTurnLog(options: TurnLogOptions = TURN_LOG_DEFAULTS): TurnLog {
  // A Map keeps its order of insertion: a server that is taken out and put back is the most recent.
  const guilds = new Map<string, TurnRecord[]>();
  return {
    add(record) {
      const turns = guilds.get(record.guildId) ?? [];
      turns.push(record);
      if (turns.length > options.perGuild) turns.shift();
      guilds.delete(record.guildId);
      guilds.set(record.guildId, turns);
      const [oldest] = guilds.keys();
      if (guilds.size > options.guilds && oldest !== undefined) guilds.delete(oldest);
    },
    list: (guildId) => [...(guilds.get(guildId) ?? [])],
    all: () => [...guilds.values()].flat(),
  };
}
