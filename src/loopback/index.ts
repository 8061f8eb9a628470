/** A Discord on localhost: REST, gateway, voice gateway, UDP and DAVE, with synthetic speakers and faults on demand. */
import { Faults } from './faults.ts';
import { Gateway } from './gateway/gateway.ts';
import { INTENT } from './gateway/gateway-session.ts';
import { CHANNEL_TYPE, Guild } from './guild/guild.ts';
import { defaultKnobs, type Knobs } from './knobs.ts';
import { EventLog } from './log.ts';
import { Person } from './person/person.ts';
import { seededRandom } from './random.ts';
import { applicationRoutes } from './rest/application.ts';
import { ChannelRoutes } from './rest/channels.ts';
import { CommandRegistry } from './rest/commands.ts';
import { Interactions } from './rest/interactions.ts';
import { type Message, MessageStore } from './rest/messages.ts';
import { type RestFault, RestServer } from './rest/server.ts';
import type { Room } from './room.ts';
import { Slash, type SlashAnswer, type SlashCommand } from './slash/slash.ts';
import { Timers } from './timers.ts';
import { ENCRYPTION_MODES, type EncryptionMode } from './voice/rtp.ts';
import { VoiceSide } from './voice/voice-side.ts';

export type { Person, Spoken } from './person/person.ts';
export type { SlashAnswer, SlashCommand } from './slash/slash.ts';

export interface LoopbackOptions {
  /** Makes noise, faults and RTP details repeatable; 1 unless given. */
  seed?: number;
  /** End-to-end encryption of voice channels (stage channels never have it); true unless given. */
  dave?: boolean;
  /** Transport encryption offered, in this order; both of Discord's unless given. */
  modes?: readonly EncryptionMode[];
  botName?: string;
  token?: string;
  gatewayHeartbeatMs?: number;
  voiceHeartbeatMs?: number;
  /** How long broken gateway and voice sessions can be resumed. */
  resumeWindowMs?: number;
  /** How long an interaction's token is good for; 15 minutes unless given. */
  interactionTokenMs?: number;
}

/** Every person draws from numbers of his own, so that what one does never changes what another does. */
const FIRST_PERSON_SEED = 1000;

/** Discord's own intervals. */
const DEFAULTS = {
  gatewayHeartbeatMs: 41_250,
  voiceHeartbeatMs: 13_750,
  resumeWindowMs: 15_000,
  interactionTokenMs: 900_000,
} as const;

export interface Loopback {
  /** What discord.js takes as `rest.api`. */
  readonly apiUrl: string;
  readonly token: string;
  /** What the bot must trust to reach the voice gateway. */
  readonly caPem: string;
  readonly botUserId: string;
  readonly applicationId: string;
  readonly guildId: string;
  readonly textChannelId: string;
  readonly voiceChannelIds: readonly string[];
  readonly stageChannelId: string;
  /** Faults that last; change the values at any time. */
  readonly knobs: Knobs;
  /** Faults that happen once. */
  readonly faults: Faults;
  readonly log: EventLog;
  /** What the room hears of the bot. */
  readonly room: Room;
  /** A new member of the guild. */
  addPerson(options: { name: string; bot?: boolean; admin?: boolean }): Person;
  /** A member invokes a slash command; see `Slash.invoke`. */
  command(person: Person, command: SlashCommand): Promise<SlashAnswer>;
  /** The messages that everyone in the channel can see, oldest first. */
  messages(channelId: string): Message[];
  /** The voice privacy code of the bot's call as the other side sees it; null without a DAVE group. */
  privacyCode(): string | null;
  /** Where the guild believes the bot to be. */
  botVoiceChannelId(): string | null;
  /** How many voice state requests (gateway op 4) the bot ever sent. */
  voiceStateRequests(): number;
  /** Resolves when the bot is connected to voice and shares a DAVE group with every person in its channel. */
  botReady(deadlineMs: number): Promise<void>;
  /**
   * Resolves with the first truthy value of `predicate`, which is asked now, after every event here, and at the
   * deadline; rejects `deadlineMs` milliseconds from now.
   */
  waitFor<T>(description: string, predicate: () => T, deadlineMs: number): Promise<NonNullable<T>>;
  /** Frees every socket and timer. */
  close(): Promise<void>;
}

/** Starts a Discord with one guild: a text channel, two voice channels, a stage channel, an owner and the bot. */
export async function startLoopback(options: LoopbackOptions = {}): Promise<Loopback> {
  const { seed = 1, dave = true, modes = ENCRYPTION_MODES, botName = 'Parley' } = options;
  const settings = { ...DEFAULTS, ...options };
  const token = options.token ?? 'bG9vcGJhY2s.bG9vcA.bG9vcGJhY2stdG9rZW4';
  const log = new EventLog();
  const timers = new Timers();
  const guild = new Guild(botName);
  const applicationId = guild.bot.id;
  const knobs = defaultKnobs();
  const people = new Set<Person>();
  const [textChannelId = ''] = guild.channelIds(CHANNEL_TYPE.text);
  const dispatch = (event: string, d: unknown, intent = 0) => gateway.dispatch(event, d, intent);

  const voice = await VoiceSide.open({
    guild,
    knobs,
    log,
    timers,
    seed,
    dave,
    modes,
    heartbeatIntervalMs: settings.voiceHeartbeatMs,
    resumeWindowMs: settings.resumeWindowMs,
    people,
    dispatch,
  });
  const gateway = new Gateway({
    token,
    applicationId,
    guild,
    log,
    timers,
    heartbeatIntervalMs: settings.gatewayHeartbeatMs,
    resumeWindowMs: settings.resumeWindowMs,
    url: () => gatewayUrl(),
    onVoiceState: (session, d) => voice.signalling.request(session.id, d),
    onEnd: (session) => {
      if (guild.voiceStates.get(guild.bot.id)?.sessionId === session.id) voice.signalling.leave(guild.bot.id);
    },
  });

  const messages = new MessageStore(guild);
  const registry = new CommandRegistry(applicationId, guild.id);
  const interactions = new Interactions(messages, log, applicationId, settings.interactionTokenMs);
  const channels = new ChannelRoutes({
    guild,
    messages,
    log,
    updateVoiceState: (change) => voice.signalling.update(guild.bot.id, change),
  });
  const restFaults: RestFault[] = [];
  const rest = new RestServer({
    token,
    log,
    faults: restFaults,
    routers: [
      applicationRoutes(guild, applicationId, () => gatewayUrl()),
      registry.route,
      interactions.route,
      channels.route,
    ],
    onUpgrade: (request, socket, head) => gateway.upgrade(request, socket, head),
  });
  await rest.listen();
  const gatewayUrl = () => `ws://127.0.0.1:${rest.port}/gateway`;

  const slash = new Slash({ guild, registry, interactions, log, textChannelId, applicationId, dispatch });
  const faults = new Faults({
    guild,
    gateway,
    signalling: voice.signalling,
    voiceServer: () => voice.server,
    sessions: voice.sessions,
    restFaults,
    openVoiceServer: () => voice.openServer(),
    emptyChannel: (channelId) => {
      for (const person of people) if (person.channelId === channelId) person.leaveVoice();
    },
  });

  return {
    apiUrl: `http://127.0.0.1:${rest.port}/api`,
    token,
    caPem: voice.certificate.certPem,
    botUserId: guild.bot.id,
    applicationId,
    guildId: guild.id,
    textChannelId,
    voiceChannelIds: guild.channelIds(CHANNEL_TYPE.voice),
    stageChannelId: guild.channelIds(CHANNEL_TYPE.stage)[0] ?? '',
    knobs,
    faults,
    log,
    room: voice.room,
    addPerson({ name, bot = false, admin = false }) {
      const member = guild.addMember(name, bot, admin);
      const person = new Person(member.user, {
        enter: (who, channelId) => voice.enter(who, channelId),
        settle: (who, seat, deadlineMs) => voice.settle(who, seat, deadlineMs),
        leave: (who) => voice.leave(who),
        random: seededRandom(seed + FIRST_PERSON_SEED + people.size),
        after: (ms, fn) => timers.after(ms, fn),
      });
      people.add(person);
      dispatch('GUILD_MEMBER_ADD', { ...guild.memberJson(member), guild_id: guild.id }, INTENT.guildMembers);
      return person;
    },
    command: (person, command) => slash.invoke(person, command),
    messages: (channelId) => messages.visible(channelId),
    privacyCode: () => voice.privacyCode(),
    botVoiceChannelId: () => guild.voiceStates.get(guild.bot.id)?.channelId ?? null,
    voiceStateRequests: () => log.count('gateway.voiceState'),
    async botReady(deadlineMs) {
      await log.waitFor('the bot to be ready in voice', () => voice.botReady, deadlineMs);
    },
    waitFor: (description, predicate, deadlineMs) => log.waitFor(description, predicate, deadlineMs),
    async close() {
      for (const person of people) person.close();
      log.close();
      timers.close();
      gateway.close();
      await Promise.all([rest.close(), voice.close()]);
    },
  };
}
