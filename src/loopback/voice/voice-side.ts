/** The voice of one guild: its calls, who sits where, and what the room hears of the bot. */
import type { Dispatch } from '../gateway/dispatch.ts';
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
import { Signalling } from './signalling.ts';
import type { GuildVoice } from './voice-server.ts';
import type { VoiceServers } from './voice-servers.ts';
import type { Ticket } from './voice-session.ts';

export interface VoiceSideOptions {
  guild: Guild;
  knobs: Knobs;
  log: EventLog;
  timers: Timers;
  /** End-to-end encryption of voice channels. */
  dave: boolean;
  people: ReadonlySet<Person>;
  servers: VoiceServers;
  dispatch: Dispatch;
}

/** What a broken commit or welcome looks like. */
const GARBAGE = Buffer.alloc(40, 0xa5);
const TRANSITION_ID_BYTES = 2;

export class VoiceSide implements GuildVoice {
  readonly guild: Guild;
  readonly signalling: Signalling;
  readonly room: Room;
  readonly #options: VoiceSideOptions;
  readonly #calls = new Map<string, Call>();

  constructor(options: VoiceSideOptions) {
    this.#options = options;
    const { guild, knobs, log, dispatch, servers, people } = options;
    this.guild = guild;
    this.room = new Room(log, () => [...people].filter(({ id }) => guild.members.has(id)));
    this.signalling = new Signalling({
      guild,
      knobs,
      log,
      dispatch,
      endpoint: () => servers.endpointIn(guild.id),
      connected: (userId, channelId) => {
        const session = servers.sessionIn(guild.id);
        return (
          session?.userId === userId && session.ticket.channelId === channelId && session.socket !== null
        );
      },
      disconnect: (userId, code, reason) => {
        for (const session of [...servers.sessions]) {
          const meant = session.ticket.guildId === guild.id && session.userId === userId;
          if (meant) servers.current.end(session, code, reason);
        }
      },
    });
  }

  ticketOf(userId: string): Ticket | null {
    return this.signalling.ticketOf(userId);
  }

  /** The call of a voice channel; null for a channel that is none. */
  call(channelId: string): Call | null {
    const known = this.#calls.get(channelId);
    if (known) return known;
    const { guild, knobs, log, timers, dave } = this.#options;
    const type = guild.channels.get(channelId)?.type;
    if (type === undefined || type === CHANNEL_TYPE.text) return null;
    const call = new Call({
      channelId,
      // Discord's stage channels are not end-to-end encrypted.
      dave: dave && type === CHANNEL_TYPE.voice,
      knobs,
      log,
      timers,
      outgoing: (userId, op, payload) => this.#mangle(userId, op, payload),
      rejectable: (userId) => userId === guild.bot.id,
      whyUnheard: (userId) => this.#whyUnheard(userId, channelId),
      whyDeaf: (userId) => this.#whyDeaf(userId),
      onFrame: (frame, userId) => {
        if (userId !== guild.bot.id) return;
        this.room.receive(frame, userId, this.#listeners(call), call.daveVersion > 0);
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

  /** Server mute, a stage's audience and lost permissions are kept by the voice server (inferred), as self mute is. */
  #whyUnheard(userId: string, channelId: string): string | null {
    const state = this.guild.voiceStates.get(userId);
    if (state?.channelId !== channelId) return 'left';
    if (state.mute) return 'muted';
    if (state.selfMute) return 'selfMuted';
    return state.suppress ? 'suppressed' : null;
  }

  #whyDeaf(userId: string): string | null {
    const state = this.guild.voiceStates.get(userId);
    if (!state) return 'left';
    if (state.deaf) return 'deafened';
    return state.selfDeaf ? 'selfDeafened' : null;
  }

  #mangle(userId: string, op: number, payload: Buffer): Buffer {
    const { guild, knobs, log } = this.#options;
    const decides = op === VOICE_OP.daveAnnounceCommit || op === VOICE_OP.daveWelcome;
    if (!decides || userId !== guild.bot.id || knobs.breakDaveTransitions <= 0) return payload;
    knobs.breakDaveTransitions -= 1;
    log.add('dave.broken', { op });
    return Buffer.concat([payload.subarray(0, TRANSITION_ID_BYTES), GARBAGE]);
  }

  /** Seats a person. Throws when he may not enter the channel. */
  enter(person: Person, channelId: string): Seat {
    const { knobs, log, timers, servers } = this.#options;
    const call = this.call(channelId);
    if (!call || !this.signalling.mayEnter(person.id, channelId)) {
      throw new Error(`${person.name} cannot join this channel`);
    }
    this.#leaveCalls(person.id);
    this.signalling.enter(person.id, channelId, snowflake(), { selfMute: false, selfDeaf: false });
    const { id: userId, random } = person;
    const { network } = person;
    const ssrc = servers.takeSsrc();
    const seat = new Seat({ userId, ssrc, call, knobs, network, log, timers, random });
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
      (call.delivery.settled && (call.daveVersion === 0 || seat.sharesGroupWith(guild.bot.id)));
    await log.waitFor(`${person.name} and the bot to share a DAVE group`, heard, deadlineMs);
  }

  leave(person: Person): void {
    this.#leaveCalls(person.id);
    this.signalling.leave(person.id);
  }

  #leaveCalls(userId: string): void {
    for (const call of this.#calls.values()) call.leave(userId);
  }

  /** The call that the bot sits in; null while it is in no channel, or not connected to it. */
  get botCall(): Call | null {
    const { guild } = this.#options;
    const channelId = guild.voiceStates.get(guild.bot.id)?.channelId;
    const call = channelId === undefined ? null : this.call(channelId);
    return call?.participants.has(guild.bot.id) ? call : null;
  }

  /** The bot is connected to its channel, and shares a DAVE group with every person in it. */
  get botReady(): boolean {
    const call = this.botCall;
    if (!call) return false;
    return !call.delivery || call.participants.size === 1 || call.delivery.settled;
  }

  /** The voice privacy code of the bot's call as its first person sees it; null without a group. */
  privacyCode(): string | null {
    const { guild, people } = this.#options;
    for (const { seat } of people) {
      const here = seat?.call.daveVersion && this.#calls.get(seat.call.channelId) === seat.call;
      if (here && seat.sharesGroupWith(guild.bot.id)) return seat.privacyCode;
    }
    return null;
  }

  close(): void {
    this.room.close();
  }
}
