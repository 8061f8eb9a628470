/** The voice half of the loopback: its calls and voice servers, who sits where, and what the room hears. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { makeCertificate } from '../certificate.ts';
import { CHANNEL_TYPE, type Guild } from '../guild/guild.ts';
import { snowflake } from '../guild/snowflake.ts';
import type { Knobs } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Person } from '../person/person.ts';
import { Seat } from '../person/seat.ts';
import { Room } from '../room.ts';
import type { Timers } from '../timers.ts';
import { Call } from './call.ts';
import { VOICE_OP } from './participant.ts';
import type { EncryptionMode } from './rtp.ts';
import { Signalling } from './signalling.ts';
import { VoiceServer } from './voice-server.ts';
import type { VoiceSession } from './voice-session.ts';

export interface VoiceSideOptions {
  guild: Guild;
  knobs: Knobs;
  log: EventLog;
  timers: Timers;
  seed: number;
  dave: boolean;
  modes: readonly EncryptionMode[];
  heartbeatIntervalMs: number;
  resumeWindowMs: number;
  people: ReadonlySet<Person>;
  dispatch(event: string, d: unknown, intent?: number): void;
}

/** What a broken commit or welcome looks like. */
const GARBAGE = Buffer.alloc(40, 0xa5);
const TRANSITION_ID_BYTES = 2;
const FIRST_SSRC = 1000;

/** A port of 127.0.0.1 where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export class VoiceSide {
  readonly certificate = makeCertificate();
  readonly signalling: Signalling;
  readonly room: Room;
  readonly sessions = new Set<VoiceSession>();
  readonly #options: VoiceSideOptions;
  readonly #calls = new Map<string, Call>();
  readonly #servers: VoiceServer[] = [];
  #nextSsrc: number;
  #refusedPort = 0;

  private constructor(options: VoiceSideOptions) {
    this.#options = options;
    this.#nextSsrc = FIRST_SSRC;
    this.room = new Room(options.log, () => options.people);
    this.signalling = new Signalling({
      guild: options.guild,
      knobs: options.knobs,
      log: options.log,
      dispatch: options.dispatch,
      endpoint: () =>
        options.knobs.refuseVoice === 'port' ? `127.0.0.1:${this.#refusedPort}` : this.server.endpoint,
      connected: (userId, channelId) =>
        [...this.sessions].some(
          ({ ticket, socket }) => ticket.userId === userId && ticket.channelId === channelId && socket,
        ),
      disconnect: (userId, code) => {
        for (const session of [...this.sessions]) {
          if (session.userId === userId) this.server.end(session, code);
        }
      },
    });
  }

  static async open(options: VoiceSideOptions): Promise<VoiceSide> {
    const side = new VoiceSide(options);
    side.#refusedPort = await closedPort();
    await side.openServer();
    return side;
  }

  /** The voice server that new tickets name. */
  get server(): VoiceServer {
    const server = this.#servers.at(-1);
    if (!server) throw new Error('there is no voice server yet');
    return server;
  }

  /** Starts another voice server, which new tickets name from now on. */
  async openServer(): Promise<void> {
    const { guild, knobs, log, timers, seed, modes, heartbeatIntervalMs, resumeWindowMs } = this.#options;
    const server = await VoiceServer.listen({
      certificate: this.certificate,
      knobs,
      log,
      timers,
      seed,
      modes,
      heartbeatIntervalMs,
      resumeWindowMs,
      guildId: guild.id,
      sessions: this.sessions,
      nextSsrc: () => this.#takeSsrc(),
      ticketOf: (userId) => this.signalling.ticketOf(userId),
      callOf: (channelId) => this.call(channelId),
      onGone: (session) => this.call(session.ticket.channelId)?.leave(session.userId, session),
    });
    this.#servers.push(server);
  }

  /** The call of a voice channel; null for a channel that is none. */
  call(channelId: string): Call | null {
    const known = this.#calls.get(channelId);
    if (known) return known;
    const type = this.#options.guild.channels.get(channelId)?.type;
    if (type === undefined || type === CHANNEL_TYPE.text) return null;
    const { guild, log, timers, dave } = this.#options;
    const call = new Call({
      channelId,
      // Discord's stage channels are not end-to-end encrypted.
      dave: dave && type === CHANNEL_TYPE.voice,
      log,
      timers,
      outgoing: (userId, op, payload) => this.#mangle(userId, op, payload),
      maySpeak: (userId) => this.#maySpeak(userId, channelId),
      mayHear: (userId) => {
        const state = guild.voiceStates.get(userId);
        return state !== undefined && !state.deaf && !state.selfDeaf;
      },
      onFrame: (frame, userId) => {
        if (userId !== guild.bot.id) return;
        this.room.receive(frame, userId, this.#listeners(call), call.delivery !== null);
      },
      onSpeaking: (userId, _ssrc, speaking) => {
        if (userId === guild.bot.id) this.room.speaking(speaking);
      },
    });
    this.#calls.set(channelId, call);
    return call;
  }

  #listeners(call: Call): Person[] {
    return [...this.#options.people].filter(({ seat }) => seat?.call === call);
  }

  #maySpeak(userId: string, channelId: string): boolean {
    const state = this.#options.guild.voiceStates.get(userId);
    return state?.channelId === channelId && !state.mute && !state.selfMute && !state.suppress;
  }

  #mangle(userId: string, op: number, payload: Buffer): Buffer {
    const { guild, knobs, log } = this.#options;
    const decides = op === VOICE_OP.daveAnnounceCommit || op === VOICE_OP.daveWelcome;
    if (!decides || userId !== guild.bot.id || knobs.breakDaveTransitions <= 0) return payload;
    knobs.breakDaveTransitions -= 1;
    log.add('dave.broken', { op });
    return Buffer.concat([payload.subarray(0, TRANSITION_ID_BYTES), GARBAGE]);
  }

  #takeSsrc(): number {
    this.#nextSsrc += 1;
    return this.#nextSsrc;
  }

  /** Seats a person. Throws when he may not enter the channel. */
  enter(person: Person, channelId: string): Seat {
    const { knobs, log, timers } = this.#options;
    const call = this.call(channelId);
    if (!call || !this.signalling.mayEnter(person.id, channelId)) {
      throw new Error(`${person.name} cannot join this channel`);
    }
    this.#leaveCalls(person);
    this.signalling.enter(person.id, channelId, snowflake(), { selfMute: false, selfDeaf: false });
    const { id: userId, random } = person;
    const seat = new Seat({ userId, ssrc: this.#takeSsrc(), call, knobs, log, timers, random });
    call.join(seat);
    return seat;
  }

  /** Resolves when the person and the bot, if it is in the call, share a settled DAVE group (or need none). */
  async settle(person: Person, seat: Seat, deadlineMs: number): Promise<void> {
    const { guild, log } = this.#options;
    const { call } = seat;
    const heard = () =>
      !call.delivery ||
      !call.participants.has(guild.bot.id) ||
      (call.delivery.settled && seat.sharesGroupWith(guild.bot.id));
    await log.waitFor(`${person.name} and the bot to share a DAVE group`, heard, deadlineMs);
  }

  leave(person: Person): void {
    this.#leaveCalls(person);
    this.signalling.leave(person.id);
  }

  #leaveCalls(person: Person): void {
    for (const call of this.#calls.values()) call.leave(person.id);
  }

  /** The bot is connected to its channel, and shares a DAVE group with every person in it. */
  get botReady(): boolean {
    const { guild } = this.#options;
    const channelId = guild.voiceStates.get(guild.bot.id)?.channelId;
    const call = channelId === undefined ? null : this.call(channelId);
    if (!call?.participants.has(guild.bot.id)) return false;
    return !call.delivery || call.participants.size === 1 || call.delivery.settled;
  }

  /** The voice privacy code of the bot's call as its first person sees it; null without a group. */
  privacyCode(): string | null {
    const { guild, people } = this.#options;
    for (const { seat } of people) {
      if (seat?.dave && seat.sharesGroupWith(guild.bot.id)) return seat.dave.voicePrivacyCode;
    }
    return null;
  }

  async close(): Promise<void> {
    this.room.close();
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}
