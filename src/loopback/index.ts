/** A Discord on localhost: REST, gateway, voice gateway, UDP and DAVE, with synthetic speakers and faults on demand. */
import type { Closing } from './closing.ts';
import type { Faults } from './faults.ts';
import type { Knobs } from './knobs.ts';
import type { EventLog } from './log.ts';
import type { LoopbackGuild, NewPerson } from './loopback-guild.ts';
import type { Person } from './person/person.ts';
import type { Choice } from './rest/interactions.ts';
import type { Message } from './rest/messages.ts';
import type { Room } from './room.ts';
import type { SlashAnswer, SlashCommand } from './slash/slash.ts';
import type { EncryptionMode } from './voice/rtp.ts';

export type { LoopbackGuild } from './loopback-guild.ts';
export type { Person, Spoken } from './person/person.ts';
export type { SlashAnswer, SlashCommand } from './slash/slash.ts';
export { startLoopback } from './start.ts';

export interface LoopbackOptions {
  /** Makes noise, faults and RTP details repeatable; 1 unless given. */
  seed?: number;
  /** End-to-end encryption of voice channels (stage channels never have it); true unless given. */
  dave?: boolean;
  /** Transport encryption offered, in this order; both of Discord's unless given. */
  modes?: readonly EncryptionMode[];
  botName?: string;
  token?: string;
  /** Of REST and gateway; a free one unless given. */
  port?: number;
  gatewayHeartbeatMs?: number;
  voiceHeartbeatMs?: number;
  /** How long broken gateway and voice sessions can be resumed. */
  resumeWindowMs?: number;
  /** How long a command waits for the bot's first answer; 3 s unless given. */
  interactionAnswerMs?: number;
  /** How long an interaction's token is good for; 15 minutes unless given. */
  interactionTokenMs?: number;
  /** How often the bot may identify a day; 1000 unless given. More, and its token is reset. */
  identifiesPerDay?: number;
  /** How many shards may identify within five seconds; 1 unless given. More, and the answer is op 9. */
  maxConcurrency?: number;
  /** Those five seconds; 0 lets a bot start again at once. */
  identifyWindowMs?: number;
  /** REST counts requests and refuses those that come too fast; true unless given. */
  rateLimits?: boolean;
}

/** One gateway op 4. */
export interface VoiceStateRequest {
  /** performance.now when it came. */
  atMs: number;
  guildId: string;
  /** Null to leave. */
  channelId: string | null;
  selfMute: boolean;
  selfDeaf: boolean;
  /** False when a knob swallowed it. */
  answered: boolean;
}

/** The end of one connection. */
export interface Close extends Closing {
  atMs: number;
  gateway: 'main' | 'voice';
  /** Of a voice connection that had identified; else null. */
  guildId: string | null;
  channelId: string | null;
}

/** The fields and methods that name no guild speak of the first one. */
export interface Loopback {
  /** What discord.js takes as `rest.api`. */
  readonly apiUrl: string;
  readonly gatewayUrl: string;
  /** Host and port of the voice gateway, which speaks TLS. */
  readonly voiceEndpoint: string;
  readonly token: string;
  /** What the bot must trust to reach the voice gateway. */
  readonly caPem: string;
  readonly botUserId: string;
  readonly applicationId: string;
  readonly guildId: string;
  readonly textChannelId: string;
  readonly voiceChannelIds: readonly string[];
  readonly stageChannelId: string;
  /** The guilds that have the bot, oldest first. */
  readonly guilds: readonly LoopbackGuild[];
  /** Faults that last; change the values at any time. */
  readonly knobs: Knobs;
  /** Faults that happen once. */
  readonly faults: Faults;
  readonly log: EventLog;
  /** What the room hears of the bot. */
  readonly room: Room;
  /** The bot is invited to another guild. `id` decides which shard holds it; a new one unless given. */
  addGuild(options: { name: string; id?: string }): LoopbackGuild;
  /** The bot is removed from a guild. */
  removeGuild(guildId: string): void;
  /** A new member of the guild. */
  addPerson(options: NewPerson): Person;
  /** A member invokes a slash command; see `Slash.invoke`. */
  command(person: Person, command: SlashCommand): Promise<SlashAnswer>;
  /** A member is typing the option `focused` of a command; resolves with what the bot proposes; see `Slash.complete`. */
  autocomplete(person: Person, command: SlashCommand & { focused: string }): Promise<Choice[]>;
  /** The names of the commands that the bot has registered for the guild or everywhere. */
  commandNames(): string[];
  /** The messages that everyone in the channel can see, oldest first. */
  messages(channelId: string): Message[];
  /** The voice privacy code of the bot's call as the other side sees it; null without a DAVE group. */
  privacyCode(): string | null;
  /** Where the guild believes the bot to be. */
  botVoiceChannelId(): string | null;
  /** How many voice state requests (gateway op 4) the bot ever sent, in all guilds. */
  voiceStateRequests(): number;
  /** Those requests (the last thousands of them), oldest first. */
  op4(): VoiceStateRequest[];
  /** How connections to both gateways ended, oldest first. */
  closes(): Close[];
  /** Resolves when the bot is connected to voice and shares a DAVE group with every person in its channel. */
  botReady(deadlineMs: number): Promise<void>;
  /**
   * Resolves with the first truthy value of `predicate`, which is asked now, after every event here, and at the
   * deadline; rejects `deadlineMs` milliseconds from now.
   */
  waitFor<T>(description: string, predicate: () => T, deadlineMs: number): Promise<NonNullable<T>>;
  /** Frees every socket and timer; a second call waits for the first. */
  close(): Promise<void>;
}
