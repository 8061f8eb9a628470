/** What a slash command is, and all that it may ask of the program. Files in `commands/` import only these types. */
import type { RESTPostAPIChatInputApplicationCommandsJSONBody } from 'discord.js';
import type { TurnRecord } from '../latency/timeline.ts';

export interface Command {
  data: RESTPostAPIChatInputApplicationCommandsJSONBody;
  /** Answers through `context.reply`. A thrown ParleyError is shown to the user as "message. remedy", privately. */
  run(context: CommandContext): Promise<void>;
}

export interface CommandContext {
  /** Null in a direct message. */
  guildId: string | null;
  userId: string;
  subcommand: string | null;
  /** The id or text of a given option; null when it was left out. */
  option(name: string): string | null;
  /** The private answer (or, after `defer`, the edit of "thinking ..."). At most 2,000 characters. */
  reply(text: string): Promise<void>;
  /** Buys time when the work may take over 2 s; `reply` then edits. */
  defer(): Promise<void>;
  voice: CommandVoice;
  turns: CommandTurns;
  consent: CommandConsent;
  spend: CommandSpend;
  budgetMs: number;
}

export interface CommandVoice {
  /**
   * Joins the given voice channel, or, with null, the one the user sits in. Resolves with the channel's id when
   * audio can flow; throws a ParleyError that names what is missing.
   */
  join(guildId: string, userId: string, channelId: string | null): Promise<{ channelId: string }>;
  /** False when the agent was in no channel of that server. */
  leave(guildId: string): Promise<boolean>;
  /** Round trip to the voice gateway in ms; null when not connected or not yet measured. */
  pingMs(guildId: string): number | null;
}

export interface CommandTurns {
  /** This server's turns since start, oldest first; bounded. */
  list(guildId: string): readonly TurnRecord[];
}

export interface CommandSpend {
  /** What a server may cost a day, in USD; null without a limit. */
  readonly dailyCapUsd: number | null;
  /** The server's bill of today (UTC) in USD; null when the price of something is not known. */
  todayUsd(guildId: string): number | null;
}

export interface CommandConsent {
  optOut(userId: string): Promise<void>;
  optIn(userId: string): Promise<void>;
  isOptedOut(userId: string): boolean;
}
