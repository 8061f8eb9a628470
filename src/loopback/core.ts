/** The living parts of the loopback, joined: guilds, people, voice and gateway. */
import type { Dispatch } from './gateway/dispatch.ts';
import { Gateway } from './gateway/gateway.ts';
import { INTENT } from './gateway/gateway-session.ts';
import type { IdentifyLimit } from './gateway/identify-limit.ts';
import type { Guild, User, VoiceState } from './guild/guild.ts';
import { guildJson, memberJson } from './guild/json.ts';
import type { World } from './guild/world.ts';
import type { Knobs } from './knobs.ts';
import type { EventLog } from './log.ts';
import { Person } from './person/person.ts';
import { seededRandom } from './random.ts';
import type { GuildActions } from './rest/guilds.ts';
import type { Timers } from './timers.ts';
import type { EncryptionMode } from './voice/rtp.ts';
import { VoiceServers } from './voice/voice-servers.ts';
import { VoiceSide } from './voice/voice-side.ts';

export interface CoreOptions {
  world: World;
  knobs: Knobs;
  log: EventLog;
  timers: Timers;
  seed: number;
  dave: boolean;
  modes: readonly EncryptionMode[];
  gatewayHeartbeatMs: number;
  voiceHeartbeatMs: number;
  resumeWindowMs: number;
  identifyLimit: IdentifyLimit;
  applicationId: string;
  token: string;
  gatewayUrl(): string;
}

/** Every person draws from numbers of his own, so that what one does never changes what another does. */
const FIRST_PERSON_SEED = 1000;
const AUTHENTICATION_FAILED = 4004;

export class Core implements GuildActions {
  readonly options: CoreOptions;
  readonly servers: VoiceServers;
  readonly gateway: Gateway;
  readonly people = new Set<Person>();
  readonly #sides: Map<string, VoiceSide>;
  #token: string | null;

  private constructor(options: CoreOptions, servers: VoiceServers, sides: Map<string, VoiceSide>) {
    this.options = options;
    this.servers = servers;
    this.#sides = sides;
    this.#token = options.token;
    const { applicationId, world, knobs, log, timers, identifyLimit, gatewayUrl } = options;
    this.gateway = new Gateway({
      token: () => this.#token,
      revokeToken: () => this.revokeToken(),
      ...{ applicationId, world, knobs, log, timers, identifyLimit, url: gatewayUrl },
      heartbeatIntervalMs: options.gatewayHeartbeatMs,
      resumeWindowMs: options.resumeWindowMs,
      onVoiceState: (session, d) => this.#voiceState(session.id, d),
      onEnd: (session) => {
        for (const { guild, signalling } of this.#sides.values()) {
          if (guild.voiceStates.get(guild.bot.id)?.sessionId === session.id) signalling.leave(guild.bot.id);
        }
      },
    });
  }

  static async open(options: CoreOptions): Promise<Core> {
    const { knobs, log, timers, seed, modes, resumeWindowMs } = options;
    const sides = new Map<string, VoiceSide>();
    const servers = await VoiceServers.open({
      ...{ knobs, log, timers, seed, modes, resumeWindowMs },
      heartbeatIntervalMs: options.voiceHeartbeatMs,
      voiceOf: (guildId) => sides.get(guildId) ?? null,
    });
    return new Core(options, servers, sides);
  }

  /** Null once it was revoked. */
  get token(): string | null {
    return this.#token;
  }

  get sides(): VoiceSide[] {
    return [...this.#sides.values()];
  }

  /** Nothing is told of a guild during its outage. */
  readonly dispatch: Dispatch = (event, d, audience) => {
    const guildId = audience?.guildId;
    if (guildId !== undefined && this.options.world.unavailable.has(guildId)) return;
    this.gateway.dispatch(event, d, audience);
  };

  /** The owner resets the token: every session ends, and nothing lets the bot in again. */
  revokeToken(): void {
    this.#token = null;
    for (const session of [...this.gateway.sessions.values()]) this.gateway.end(session);
    this.gateway.closeConnections(AUTHENTICATION_FAILED, 'Authentication failed.');
  }

  /** The voice of a guild. Throws when the bot is in no such guild. */
  side(guildId: string): VoiceSide {
    const side = this.#sides.get(guildId);
    if (!side) throw new Error(`the bot is in no guild ${guildId}`);
    return side;
  }

  /** The voice of the guild that has the channel. Throws when none has. */
  sideOfChannel(channelId: string): VoiceSide {
    const guild = this.options.world.guildOfChannel(channelId);
    if (!guild) throw new Error(`there is no channel ${channelId}`);
    return this.side(guild.id);
  }

  /** A guild that the bot is a member of from now on. */
  addGuild(name: string, id?: string): VoiceSide {
    const { world, knobs, log, timers, dave } = this.options;
    const guild = world.createGuild(name, id);
    const { people, servers, dispatch } = this;
    const side = new VoiceSide({ guild, knobs, log, timers, dave, people, servers, dispatch });
    this.#sides.set(guild.id, side);
    dispatch('GUILD_CREATE', guildJson(guild), { intent: INTENT.guilds, guildId: guild.id });
    return side;
  }

  /** The bot leaves a guild, or is removed from it. */
  removeGuild(guildId: string): void {
    const { guild, signalling } = this.side(guildId);
    signalling.leave(guild.bot.id);
    for (const person of this.people) if (guild.voiceStates.has(person.id)) person.leaveVoice();
    this.#sides.get(guildId)?.close();
    this.#sides.delete(guildId);
    this.options.world.guilds.delete(guildId);
    this.dispatch('GUILD_DELETE', { id: guildId }, { intent: INTENT.guilds, guildId });
    this.options.log.add('guild.removed', { guildId });
  }

  /** An outage takes a guild away from the bot's gateway, or gives it back; voice goes on. */
  setAvailable(guildId: string, available: boolean): void {
    const { guild } = this.side(guildId);
    const { unavailable } = this.options.world;
    const audience = { intent: INTENT.guilds, guildId };
    if (available) {
      unavailable.delete(guildId);
      this.dispatch('GUILD_CREATE', guildJson(guild), audience);
    } else {
      this.dispatch('GUILD_DELETE', { id: guildId, unavailable: true }, audience);
      unavailable.add(guildId);
    }
  }

  /** A new user, and the person behind it. */
  addPerson(name: string, bot: boolean): Person {
    const { world, seed, timers } = this.options;
    const person = new Person(world.createUser(name, bot), {
      enter: (who, channelId) => {
        const side = this.sideOfChannel(channelId);
        const seat = side.enter(who, channelId);
        this.#leave(who, side);
        return seat;
      },
      settle: (who, seat, deadlineMs) =>
        this.sideOfChannel(seat.call.channelId).settle(who, seat, deadlineMs),
      leave: (who) => this.#leave(who, null),
      changed: (who, change) => {
        for (const { guild, signalling } of this.sides)
          if (guild.voiceStates.has(who.id)) signalling.update(who.id, change);
      },
      random: seededRandom(seed + FIRST_PERSON_SEED + this.people.size),
      after: (ms, fn) => timers.after(ms, fn),
    });
    this.people.add(person);
    return person;
  }

  /** Takes a user into a guild. */
  join(guildId: string, user: User, admin: boolean): void {
    const { guild } = this.side(guildId);
    const member = guild.addMember(user, admin);
    const d = { ...memberJson(member), guild_id: guildId };
    this.dispatch('GUILD_MEMBER_ADD', d, { intent: INTENT.guildMembers, guildId });
  }

  /** A person is in one voice channel at a time, whatever the guild. */
  #leave(person: Person, except: VoiceSide | null): void {
    for (const side of this.#sides.values()) {
      if (side !== except && side.guild.voiceStates.has(person.id)) side.leave(person);
    }
  }

  #voiceState(sessionId: string, d: Record<string, unknown>): void {
    const { knobs, log, world } = this.options;
    const guildId = String(d.guild_id);
    const channelId = typeof d.channel_id === 'string' ? d.channel_id : null;
    const flags = { selfMute: d.self_mute === true, selfDeaf: d.self_deaf === true };
    log.add('gateway.voiceState', { guildId, channelId, ...flags, answered: !knobs.ignoreVoiceState });
    if (knobs.ignoreVoiceState || world.unavailable.has(guildId)) return;
    this.#sides.get(guildId)?.signalling.request(sessionId, channelId, flags);
  }

  /** A moderator, here a bot by REST, changes a member's voice state. */
  updateVoiceState(guild: Guild, userId: string, change: Partial<VoiceState>): void {
    this.side(guild.id).signalling.update(userId, change);
  }

  moderate(guild: Guild, userId: string, change: { mute?: boolean; deaf?: boolean }): void {
    this.side(guild.id).signalling.moderate(userId, change);
  }

  /** To another voice channel of the guild, or (null) out of voice. */
  move(guild: Guild, userId: string, channelId: string | null): void {
    const { signalling } = this.side(guild.id);
    const person = this.people.values().find(({ id }) => id === userId);
    if (person) {
      if (channelId === null) person.leaveVoice();
      else person.moveTo(channelId);
      return;
    }
    const state = guild.voiceStates.get(userId);
    if (channelId === null) signalling.leave(userId);
    else if (state) signalling.enter(userId, channelId, state.sessionId, state);
  }

  memberChanged(guild: Guild, userId: string): void {
    this.side(guild.id).signalling.announceMember(userId);
  }

  async close(): Promise<void> {
    for (const person of this.people) person.close();
    for (const side of this.#sides.values()) side.close();
    this.gateway.close();
    await this.servers.close();
  }
}
