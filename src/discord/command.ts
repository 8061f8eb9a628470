/** What a slash command is, and all that it may ask of the program. Files in `commands/` import only these types. */
import type { RESTPostAPIChatInputApplicationCommandsJSONBody } from 'discord.js';
import type { TurnRecords } from '../latency/records.ts';
import type { Picture, Subject } from '../pictures/picture.ts';

export interface Command {
  data: RESTPostAPIChatInputApplicationCommandsJSONBody;
  /** Also in servers that the operator does not let the agent be used in. */
  everywhere?: true;
  /** Answers through `context.reply`. A thrown ParleyError is shown to the user as "message. remedy", privately. */
  run(context: CommandContext): Promise<void>;
  /** Proposes values for an option that is being typed: within 2 s, at most 25 of at most 100 characters. */
  complete?(
    typed: { option: string; text: string },
    program: Pick<CommandContext, 'voices' | 'nowUnixMs'>,
  ): readonly string[] | Promise<readonly string[]>;
}

export interface Attachment {
  name: string;
  data: Uint8Array;
  /** What it shows, in words; at most 1,024 characters. */
  description?: string;
}

/** Names nobody in a way that pings: mentions are only shown. */
export interface Answer {
  /** At most 2,000 characters. */
  text: string;
  /** Left out, with a sentence that says so, where Discord does not take them. */
  files?: readonly Attachment[];
}

/** What commands ask and change. */
export interface CommandServices {
  voice: CommandVoice;
  records: TurnRecords;
  /** How many days turns are kept; null when they are forgotten with a restart. */
  keptDays: number | null;
  pictures: CommandPictures;
  consent: CommandConsent;
  spend: CommandSpend;
  settings: CommandSettings;
  voices: CommandVoices;
  budgetMs: number;
  /** Milliseconds since 1970. */
  nowUnixMs(): number;
}

/** One use of a command. */
export interface CommandContext extends CommandServices {
  /** Null in a direct message. */
  guildId: string | null;
  userId: string;
  subcommand: string | null;
  /** The id or text of a given option; null when it was left out. */
  option(name: string): string | null;
  /** The private answer (or, after `defer`, the edit of "thinking ..."); a later one takes its place. */
  reply(answer: string | Answer): Promise<void>;
  /** Posts in the channel for everyone, beside a private answer that was given before. */
  post(answer: Answer): Promise<void>;
  /** Buys time when the work may take over 2 s; `reply` then edits. */
  defer(): Promise<void>;
}

export interface Joined {
  channelId: string;
  /** What keeps the agent from answering, though it is there: each with its remedy, in sentences. */
  troubles: readonly string[];
}

export interface CommandVoice {
  /**
   * Joins the given voice channel, or, with null, the one the user sits in. Resolves when audio can flow; throws a
   * ParleyError that names what is missing.
   */
  join(guildId: string, userId: string, channelId: string | null): Promise<Joined>;
  /** False when the agent was in no channel of that server. */
  leave(guildId: string): Promise<boolean>;
  /** Round trip to the voice gateway in ms; null when not connected or not yet measured. */
  pingMs(guildId: string): number | null;
}

export interface CommandPictures {
  /** Begins to get ready, for a picture that is about to be asked for. */
  warm(): void;
  /** Takes at most 5 s. Rejects with a ParleyError when it cannot be drawn. */
  paint(subject: Subject): Promise<Picture>;
}

export interface CommandSpend {
  /** What a server may cost a day, in USD; null without a limit. */
  readonly dailyCapUsd: number | null;
  /** The server's bill of today (UTC) in USD; null when the price of something is not known. */
  todayUsd(guildId: string): number | null;
}

export interface CommandSettings {
  list(guildId: string): readonly ServerSetting[];
  /** Holds from the next join on. Rejects with a ParleyError when there is no such setting or value, or it cannot be saved. */
  set(guildId: string, name: string, value: string): Promise<void>;
  /** Null for all of them. Rejects as `set`. */
  reset(guildId: string, name: string | null): Promise<void>;
}

/** The voices of the account that speaks. */
export interface CommandVoices {
  /** Names that fit what was typed; none when nobody can be asked in time. */
  propose(text: string): Promise<readonly string[]>;
  /** The voice that was set in this server, and speaks; null for the one that the agent is configured to. */
  current(guildId: string): string | null;
  /**
   * Holds from the next answer on; what is spoken now goes on as it began. Rejects with a ParleyError when there is no
   * such voice, it does not speak, nobody can be asked, or it cannot be saved. Resolves with its name.
   */
  set(guildId: string, name: string): Promise<string>;
  reset(guildId: string): Promise<void>;
}

export interface ServerSetting {
  name: string;
  /** One sentence. */
  what: string;
  value: string;
  /** Set in this server, not by the agent's configuration. */
  own: boolean;
  choices: readonly string[];
}

export interface CommandConsent {
  optOut(userId: string): Promise<void>;
  optIn(userId: string): Promise<void>;
  isOptedOut(userId: string): boolean;
}
