/** One server's voice channel with the agent in it: the connection, the conversation, and how both end. */
import type { Client, VoiceBasedChannel } from 'discord.js';
import type { Clock } from './base/clock.ts';
import { ParleyError, toParleyError } from './base/errors.ts';
import type { Log } from './base/log.ts';
import { Conversation, type TurnReport } from './conversation/conversation.ts';
import { renderNotices } from './conversation/notices.ts';
import { turnOptions } from './conversation/turn-options.ts';
import { ChannelLife, type Hindrance } from './discord/channel-life.ts';
import { writeToChat } from './discord/chat.ts';
import { displayName, isBot } from './discord/client.ts';
import { noReceiveCounters } from './discord/ears/counters.ts';
import { DiscordEars } from './discord/ears/ears.ts';
import { DiscordMouth } from './discord/mouth/mouth.ts';
import { isEndToEndEncrypted } from './discord/voice-shim.ts';
import { VoiceSupervisor } from './discord/voice-supervisor.ts';
import { type Connections, ProviderConnections } from './provider-connections.ts';
import type { Providers } from './providers/providers.ts';
import type { VadPool } from './providers/vad/vad.ts';
import type { ConsentStore } from './store/consent.ts';
import type { TurnOptions } from './turn/defaults.ts';

export interface RoomOptions {
  client: Client<true>;
  channel: VoiceBasedChannel;
  clock: Clock;
  nowUnixMs(): number;
  random(): number;
  log: Log;
  providers: Providers;
  vad: VadPool;
  consent: ConsentStore;
  systemPrompt: string;
  addressing: TurnOptions['addressing'];
  speculation: TurnOptions['speculation'];
  /** What people call the agent. */
  agentNames: readonly string[];
  onTurn(report: TurnReport): void;
  /** The room is over, by itself; one whose agent was moved is still to be closed. Not called after `close()`. */
  onEnded(end: RoomEnd): void;
}

export type RoomEnd =
  | { why: 'deserted' }
  | { why: 'removed' }
  | { why: 'moved'; toChannelId: string }
  | { why: 'lost'; error: ParleyError };

/** Model output: spoken answers of under 50 words need fewer; a runaway answer must not cost more. */
const MAX_TOKENS = 150;
const LEFT = { code: 'ROOM_CLOSED', remedy: 'Use /join to call me again.' };

const HINDRANCE_TEXTS: Record<Hindrance, string> = {
  muted: 'I was muted by a moderator: nobody hears my answers until that is taken back.',
  deafened: 'I was deafened by a moderator: I hear nobody until that is taken back.',
  suppressed: 'I may not speak in this channel any more: give me the permission Speak.',
};

export class Room {
  readonly channelId: string;
  readonly #options: RoomOptions;
  readonly #log: Log;
  readonly #abort = new AbortController();
  readonly #counters = noReceiveCounters();
  readonly #life: ChannelLife;
  readonly #voice: VoiceSupervisor;
  readonly #mouth: DiscordMouth;
  readonly #ears: DiscordEars;
  readonly #stopConsent: () => void;
  readonly #connections: ProviderConnections;
  #conversation: Conversation | null = null;
  #closed = false;
  /** The last frame could not be sent: told once, not fifty times a second. */
  #sendFailed = false;

  /** Begins to join; `ready()` says when talk can begin. */
  constructor(options: RoomOptions) {
    const { client, channel, clock, consent, random } = options;
    const { guild } = channel;
    this.#options = options;
    this.channelId = channel.id;
    this.#log = options.log.child({ guildId: guild.id, channelId: channel.id });
    this.#connections = new ProviderConnections({ providers: options.providers, clock, log: this.#log });
    this.#life = new ChannelLife({
      ...{ client, clock, guildId: guild.id, channelId: channel.id },
      onPersonJoined: () => this.#reserveDetectors(),
      onPersonLeft: (userId) => this.#ears.drop(userId),
      onDeserted: () => this.#end({ why: 'deserted' }),
      onMoved: (toChannelId) => this.#end({ why: 'moved', toChannelId }),
      onRemoved: () => this.#end({ why: 'removed' }),
      onHindered: (how) => this.tell(HINDRANCE_TEXTS[how]),
    });
    this.#voice = new VoiceSupervisor({
      ...{ guildId: guild.id, channelId: channel.id, adapterCreator: guild.voiceAdapterCreator },
      ...{ clock, random, log: this.#log, counters: this.#counters },
      hasCompany: () => this.#life.hasCompany,
      onLost: (error) => this.#end({ why: 'lost', error }),
    });
    const { connection } = this.#voice;
    this.#ears = new DiscordEars({
      ...{ clock, log: this.#log, receiver: connection.receiver, counters: this.#counters },
      mayHear: (userId) => !isBot(guild, userId) && !consent.isOptedOut(userId),
      nameOf: (userId) => displayName(guild, userId),
      people: () => this.#life.people,
    });
    this.#mouth = new DiscordMouth(clock, {
      ready: () => this.#voice.canSend,
      send: (packet) => this.#send(packet),
      setSpeaking: (speaking) => connection.setSpeaking(speaking),
    });
    this.#stopConsent = consent.onChange(({ userId, optedOut }) => {
      if (optedOut) this.#ears.drop(userId);
    });
  }

  /** Resolves when people can talk with the agent; rejects with a ParleyError, and the room is closed then. */
  async ready(): Promise<void> {
    try {
      const [connections] = await Promise.all([
        this.#connections.open(this.#abort.signal),
        this.#voice.ready,
      ]);
      await this.#converse(connections);
    } catch (error) {
      this.close({ reason: roomError(error) });
      throw this.#abort.signal.reason;
    }
  }

  /** Round trip to the voice gateway in ms; null when not connected or not yet measured. */
  get pingMs(): number | null {
    return this.#voice.connection.ping.ws ?? null;
  }

  get endToEndEncrypted(): boolean {
    return isEndToEndEncrypted(this.#voice.connection);
  }

  /**
   * Frees everything; turns under way end with a reason, and who waits for the room gets `reason`. Leaves the channel,
   * unless `leave` is false: for an agent that goes straight on to another one.
   */
  close({ leave = true, reason }: { leave?: boolean; reason?: ParleyError } = {}): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#abort.abort(reason ?? new ParleyError('The channel was left', LEFT));
    this.#stopConsent();
    this.#life.close();
    this.#conversation?.close();
    this.#ears.close();
    this.#mouth.close();
    this.#voice.close({ leave });
    this.#connections.close();
    this.#log.info({ badPackets: this.#counters }, 'left the voice channel');
  }

  /** The conversation has begun, though it may be over: it is no more the affair of who called the agent alone. */
  get talked(): boolean {
    return this.#conversation !== null;
  }

  /** Writes into the channel's chat. */
  tell(text: string): void {
    writeToChat(this.#options.channel, text, this.#log);
  }

  async #converse(connections: Connections): Promise<void> {
    const { channel, clock, nowUnixMs, vad, providers, systemPrompt, onTurn } = this.#options;
    const { addressing, speculation, agentNames } = this.#options;
    const { earlyCommit } = providers.stt;
    this.#reserveDetectors();
    const notices = await renderNotices(connections.tts, clock, this.#log);
    if (this.#closed) throw this.#abort.signal.reason;
    this.#conversation = new Conversation({
      ...{ clock, nowUnixMs, log: this.#log, guildId: channel.guild.id, channelId: channel.id },
      ...{ ears: this.#ears, mouth: this.#mouth, vad, notices, ...connections },
      providerNames: { stt: providers.stt.name, llm: providers.llm.name, tts: providers.tts.name },
      systemPrompt,
      turnOptions: turnOptions({ addressing, speculation, agentNames, earlyCommit }),
      maxTokens: MAX_TOKENS,
      onTurn,
      postText: (text) => this.tell(text),
    });
    this.tell(joinNotice(providers));
    this.#log.info({ endToEndEncrypted: this.endToEndEncrypted }, 'joined a voice channel');
  }

  /** A frame that the library cannot encrypt or send is lost; the ones after it may do better. */
  #send(packet: Buffer): void {
    try {
      this.#voice.connection.playOpusPacket(packet);
      this.#sendFailed = false;
    } catch (error) {
      if (!this.#sendFailed) this.#log.error({ err: error }, 'frames of the voice cannot be sent');
      this.#sendFailed = true;
    }
  }

  /** Everybody here who has not spoken yet may begin at once. */
  #reserveDetectors(): void {
    const unheard = this.#life.people.filter((userId) => !this.#ears.hears(userId));
    this.#options.vad.reserve(unheard.length);
  }

  #end(end: RoomEnd): void {
    if (this.#closed) return;
    const reason =
      end.why === 'lost' ? { why: end.why, code: end.error.code, remedy: end.error.remedy } : end;
    this.#log.info(reason, 'the conversation is over');
    if (end.why === 'lost') this.close({ reason: end.error });
    else if (end.why !== 'moved') this.close();
    this.#options.onEnded(end);
  }
}

/** What everybody in the channel must know before speaking. */
function joinNotice({ stt, llm, tts }: Providers): string {
  const parts = [`speech to text: ${stt.place}`, `answers: ${llm.place}`, `voice: ${tts.place}`];
  return [
    '**I am listening now.** I hear everyone in this voice channel who has not opted out, and answer by voice.',
    `Where it goes: ${parts.join('; ')}. Audio is not stored, and what was said is forgotten when I leave.`,
    'You do not want to be heard? `/privacy opt-out` applies at once. `/leave` sends me away.',
  ].join('\n');
}

/** A thrown value as the reason why a room could not be opened. */
export const roomError = (error: unknown): ParleyError =>
  toParleyError(error, {
    code: 'JOIN_FAILED',
    remedy: 'Try /join again; if it stays, the person who runs me finds the reason in the log.',
    retryable: true,
  });
