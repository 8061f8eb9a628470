/** Every voice channel that the agent is in: joining, leaving, and what becomes of a room that ends by itself. */
import type { Client } from 'discord.js';
import type { Clock } from './base/clock.ts';
import { inWords, ParleyError } from './base/errors.ts';
import type { Log } from './base/log.ts';
import { DISCONNECTED, movedAway } from './channel-texts.ts';
import type { TurnReport } from './conversation/conversation.ts';
import type { Rhythms } from './conversation/ports.ts';
import { isOnline, onNewSession } from './discord/client.ts';
import type { CommandVoice, Joined } from './discord/command.ts';
import { checkJoin } from './discord/join-check.ts';
import { capReached, type Ledger } from './money/ledger.ts';
import type { Providers } from './providers/providers.ts';
import type { VadPool } from './providers/vad/vad.ts';
import { Room, type RoomEnd, roomError } from './room.ts';
import type { ConsentStore } from './store/consent.ts';
import type { RoomReadings } from './telemetry/gauges.ts';
import { Traffic } from './traffic.ts';
import type { TurnOptions } from './turn/defaults.ts';

export interface RoomsOptions {
  client: Client<true>;
  clock: Clock;
  nowUnixMs(): number;
  random(): number;
  log: Log;
  providers: Providers;
  vad: VadPool;
  consent: ConsentStore;
  ledger: Ledger;
  allowedGuilds: readonly string[];
  whenMoved: 'follow' | 'leave';
  /** What a room is opened with in this server. */
  settingsOf(guildId: string): {
    systemPrompt: string;
    addressing: TurnOptions['addressing'];
    speculation: TurnOptions['speculation'];
    providers: Providers;
  };
  /** How people pause, from one talk to the next. */
  rhythms: Rhythms;
  /** Where the event log of each conversation goes; null for none. */
  eventLogDir: string | null;
  /** The operator keeps what people say, in a log: they are told. */
  keepsWords: boolean;
  /** What people call the agent. */
  agentNames: readonly string[];
  /** What people speak, in BCP 47; null where nobody said. */
  language: string | null;
  onTurn(report: TurnReport): void;
}

export class Rooms implements CommandVoice {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, { room: Room; ready: Promise<void> }>();
  /** Counts sessions at Discord's gateway: what was opened in an earlier one ends with that, sooner or later. */
  #session = 0;
  /** Channels, by server, that were lost with the session at Discord's gateway: the agent goes back there. */
  readonly #lost = new Map<string, string>();
  /** By a room that the agent was moved into: where people last talked with it, who are to learn how that goes on. */
  readonly #talkedBefore = new WeakMap<Room, Room>();
  readonly #stopWatching: () => void;
  readonly #traffic = new Traffic();
  #providerFailure: ParleyError | null = null;

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#stopWatching = onNewSession(options.client, () => {
      this.#session += 1;
      this.#goBack();
    });
  }

  async join(guildId: string, userId: string, channelId: string | null): Promise<Joined> {
    const { client, allowedGuilds } = this.#options;
    const channel = checkJoin(client, { guildId, userId, channelId, allowedGuilds });
    this.#lost.delete(guildId);
    const { troubles } = await this.#open(guildId, channel.id);
    return { channelId: channel.id, troubles: troubles.map(inWords) };
  }

  async leave(guildId: string): Promise<boolean> {
    const entry = this.#rooms.get(guildId);
    const wasToReturn = this.#lost.delete(guildId);
    if (!entry) return wasToReturn;
    this.#rooms.delete(guildId);
    entry.room.close({ reason: dismissed() });
    return true;
  }

  /** Writes into the chat of the channel that the agent is in, in this server; nothing where it is in none. */
  inform(guildId: string, text: string): void {
    this.#rooms.get(guildId)?.room.inform(text);
  }

  pingMs(guildId: string): number | null {
    return this.#rooms.get(guildId)?.room.pingMs ?? null;
  }

  /** Why the providers could not be connected, the last time that it was tried; null when they were. */
  get providerFailure(): ParleyError | null {
    return this.#providerFailure;
  }

  /** All of them together, as they are now; traffic since start. */
  readings(): RoomReadings {
    const rooms = [...this.#rooms.values()].map(({ room }) => room);
    const { badPackets, ...traffic } = this.#traffic.total();
    const pings = rooms.flatMap(({ pingMs }) => pingMs ?? []);
    return {
      rooms: rooms.length,
      speakers: rooms.reduce((sum, { people }) => sum + people, 0),
      pingMs: pings.length === 0 ? null : Math.max(...pings),
      ...traffic,
      badPackets: { ...badPackets },
    };
  }

  /** Resolves within a second, when all that was spent is counted. */
  async closeAll(): Promise<void> {
    this.#stopWatching();
    this.#lost.clear();
    const rooms = [...this.#rooms.values()].map(({ room }) => room);
    for (const room of rooms) room.close({ reason: dismissed() });
    this.#rooms.clear();
    await Promise.all(rooms.map((room) => room.counted()));
  }

  /** Two joins to the same channel at once are one. @param before where people talked, when it was moved from there. */
  async #open(guildId: string, channelId: string, before: Room | null = null): Promise<Room> {
    const there = this.#rooms.get(guildId);
    if (there?.room.channelId === channelId) {
      await there.ready;
      return there.room;
    }
    const { allowedGuilds: _, whenMoved: __, settingsOf, client, ...shared } = this.#options;
    if (shared.ledger.isSpent(guildId)) throw capReached(shared.ledger.dailyCapUsd);
    const channel = client.channels.cache.get(channelId);
    if (!channel?.isVoiceBased()) {
      throw new ParleyError('The voice channel is gone', { code: 'CHANNEL_GONE', remedy: 'Choose another.' });
    }
    there?.room.close({ leave: false, reason: dismissed() });
    const session = this.#session;
    const onEnded = (end: RoomEnd) => this.#onEnded(guildId, room, end, session !== this.#session);
    const onProviders = (failure: ParleyError | null) => {
      this.#providerFailure = failure;
    };
    const how = { ...shared, ...settingsOf(guildId), traffic: this.#traffic };
    const room = new Room({ ...how, client, channel, onProviders, onEnded });
    if (before) this.#talkedBefore.set(room, before);
    const ready = room.ready();
    this.#rooms.set(guildId, { room, ready });
    try {
      await ready;
      return room;
    } catch (error) {
      this.#forget(guildId, room);
      throw roomError(error);
    }
  }

  #forget(guildId: string, room: Room): void {
    if (this.#rooms.get(guildId)?.room === room) this.#rooms.delete(guildId);
  }

  /** What ended by a person's doing is final until the next /join. */
  #onEnded(guildId: string, room: Room, end: RoomEnd, fromEarlierSession: boolean): void {
    if (end.why === 'moved') return this.#onMoved(guildId, room, end.toChannelId);
    this.#forget(guildId, room);
    if (end.why === 'removed' && end.how === 'disconnected' && room.talked) room.tell(DISCONNECTED);
    if (end.why === 'lost') this.#onLost(guildId, room, end.error, fromEarlierSession);
  }

  /** A moved agent goes on where it was put, or is not to; where it cannot talk it leaves, and says why where it was. */
  #onMoved(guildId: string, room: Room, toChannelId: string): void {
    if (this.#options.whenMoved === 'leave') {
      this.#forget(guildId, room);
      room.close();
      return room.tell(movedAway(toChannelId));
    }
    const talked = room.talked ? room : (this.#talkedBefore.get(room) ?? room);
    this.#enter(guildId, toChannelId, talked).catch((error) => {
      if (isDismissal(error)) return;
      this.#forget(guildId, room);
      room.close({ reason: dismissed() });
      const failure = this.#logged(guildId, error, 'could not follow into the other channel');
      talked.tell(`I was moved to <#${toChannelId}> and had to leave. ${inWords(failure)}`);
    });
  }

  /** Lost together with the gateway, a conversation is taken up again; else everybody in it learns why it ended. */
  #onLost(guildId: string, room: Room, error: ParleyError, fromEarlierSession: boolean): void {
    if (!room.talked) return;
    const guild = this.#options.client.guilds.cache.get(guildId);
    // A moderator's doing would have been told by the session: then the room is not lost, but the agent removed.
    const withSession = fromEarlierSession && error.code === 'VOICE_KICKED';
    if (guild && (withSession || !isOnline(guild))) {
      this.#lost.set(guildId, room.channelId);
      this.#goBack();
    } else room.tell(`I had to leave. ${inWords(error)}`);
  }

  /** Nobody waits in an empty channel. */
  #goBack(): void {
    for (const [guildId, channelId] of this.#lost) {
      const guild = this.#options.client.guilds.cache.get(guildId);
      if (guild && !isOnline(guild)) continue;
      this.#lost.delete(guildId);
      if (!guild?.voiceStates.cache.some((state) => state.channelId === channelId)) continue;
      this.#enter(guildId, channelId).catch((error) => {
        if (!isDismissal(error)) this.#logged(guildId, error, 'could not go back into the voice channel');
      });
    }
  }

  #logged(guildId: string, thrown: unknown, what: string): ParleyError {
    const error = roomError(thrown);
    const { code, remedy } = error;
    this.#options.log.warn({ guildId, code, remedy, err: error }, what);
    return error;
  }

  /** On the agent's own account. */
  async #enter(guildId: string, channelId: string, before: Room | null = null): Promise<void> {
    const { client, allowedGuilds } = this.#options;
    checkJoin(client, { guildId, userId: client.user.id, channelId, allowedGuilds });
    await this.#open(guildId, channelId, before);
  }
}

const DISMISSED = 'ROOM_DISMISSED';

/** Why a room ends that somebody ended on purpose, or sent the agent on from: nobody has to be told. */
const dismissed = (): ParleyError =>
  new ParleyError('The channel was left', { code: DISMISSED, remedy: 'Use /join to call me again.' });

const isDismissal = (error: unknown): boolean => error instanceof ParleyError && error.code === DISMISSED;
