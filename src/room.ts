/** One server's voice channel with the agent in it: the connection, the conversation, and how both end. */
import type { Client, VoiceBasedChannel } from 'discord.js';
import type { Clock } from './base/clock.ts';
import { ParleyError, toParleyError } from './base/errors.ts';
import type { Log } from './base/log.ts';
import { CONNECT_LOST, HINDRANCE_TEXTS, joinNotice, STAGE_TEXTS, TO_AUDIENCE } from './channel-texts.ts';
import { Conversation, type TurnReport } from './conversation/conversation.ts';
import { renderNotices } from './conversation/notices.ts';
import { permitted } from './conversation/permitted-voice.ts';
import type { Rhythms } from './conversation/ports.ts';
import { onDemand } from './conversation/recognisers.ts';
import { turnOptions } from './conversation/turn-options.ts';
import { ChannelLife, type Hindrance, type Removal } from './discord/channel-life.ts';
import { writeToChat } from './discord/chat.ts';
import { displayName, isBot } from './discord/client.ts';
import { DiscordEars } from './discord/ears/ears.ts';
import { DiscordMouth } from './discord/mouth/mouth.ts';
import { PermissionWatch } from './discord/permission-watch.ts';
import type { NeededPermission } from './discord/permissions.ts';
import { askToSpeak, isStage } from './discord/stage.ts';
import { isEndToEndEncrypted } from './discord/voice-shim.ts';
import { VoiceSupervisor } from './discord/voice-supervisor.ts';
import type { Ledger } from './money/ledger.ts';
import { type Connections, ProviderConnections } from './provider-connections.ts';
import type { Providers } from './providers/providers.ts';
import type { VadPool } from './providers/vad/vad.ts';
import { RoomSpending } from './room-spending.ts';
import type { ConsentStore } from './store/consent.ts';
import { type EventRecorder, openEventRecorder } from './store/event-recorder.ts';
import type { RoomTraffic, Traffic } from './traffic.ts';
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
  ledger: Ledger;
  traffic: Traffic;
  systemPrompt: string;
  addressing: TurnOptions['addressing'];
  speculation: TurnOptions['speculation'];
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
  /** All providers are connected, or why one could not be. */
  onProviders(failure: ParleyError | null): void;
  /** The room is over, by itself; one whose agent was moved is still to be closed. Not called after `close()`. */
  onEnded(end: RoomEnd): void;
}

export type RoomEnd =
  | { why: 'deserted' }
  | { why: 'removed'; how: Removal }
  /** It can answer in no way any more. */
  | { why: 'barred'; error: ParleyError }
  | { why: 'moved'; toChannelId: string }
  | { why: 'lost'; error: ParleyError };

/** Model output: spoken answers of under 50 words need fewer; a runaway answer must not cost more. */
const MAX_TOKENS = 150;
const LEFT = { code: 'ROOM_CLOSED', remedy: 'Use /join to call me again.' };

export class Room {
  readonly channelId: string;
  readonly #options: RoomOptions;
  readonly #log: Log;
  readonly #abort = new AbortController();
  readonly #traffic: RoomTraffic;
  readonly #life: ChannelLife;
  readonly #permissions: PermissionWatch;
  readonly #voice: VoiceSupervisor;
  readonly #mouth: DiscordMouth;
  readonly #ears: DiscordEars;
  readonly #stopConsent: () => void;
  readonly #connections: ProviderConnections;
  readonly #spending: RoomSpending;
  #conversation: Conversation | null = null;
  #recorder: EventRecorder | null = null;
  #closed = false;
  #counted: Promise<void> | null = null;
  /** What the channel learns once it knows that the agent is here. */
  readonly #untold: string[] = [];
  #troubles: readonly ParleyError[] = [];
  #askedToSpeak = false;
  /** The last frame could not be sent: told once, not fifty times a second. */
  #sendFailed = false;

  /** Begins to join; `ready()` says when talk can begin. */
  constructor(options: RoomOptions) {
    const { client, channel, clock, consent, random, traffic } = options;
    const { guild } = channel;
    this.#options = options;
    this.channelId = channel.id;
    this.#traffic = traffic.openRoom();
    const counters = this.#traffic.badPackets;
    this.#log = options.log.child({ guildId: guild.id, channelId: channel.id });
    this.#connections = new ProviderConnections({
      ...{ providers: options.providers, clock, log: this.#log },
      there: {
        // It may be renamed.
        listenFor: () => [channel.name],
        isHeard: (userId) => !consent.isOptedOut(userId) && this.#life.people.includes(userId),
      },
    });
    this.#spending = new RoomSpending({
      ...{ clock, log: this.#log, guildId: guild.id, ledger: options.ledger, providers: options.providers },
      tell: (text) => this.tell(text),
      onSpent: (error) => this.#end({ why: 'barred', error }),
    });
    this.#life = new ChannelLife({
      ...{ client, clock, guildId: guild.id, channelId: channel.id },
      onPersonLeft: (userId) => this.#ears.drop(userId),
      onDeserted: () => this.#end({ why: 'deserted' }),
      onMoved: (toChannelId) => this.#end({ why: 'moved', toChannelId }),
      onRemoved: (how) => this.#end({ why: 'removed', how }),
      onHindered: (how) => this.#onHindered(how),
    });
    this.#permissions = new PermissionWatch({
      ...{ client, guildId: guild.id, channelId: channel.id },
      onLost: (names) => this.#onPermissionsLost(names),
      onBarred: (error) => this.#end({ why: 'barred', error }),
    });
    this.#voice = new VoiceSupervisor({
      ...{ guildId: guild.id, channelId: channel.id, adapterCreator: guild.voiceAdapterCreator },
      ...{ clock, random, log: this.#log, counters },
      hasCompany: () => this.#life.hasCompany,
      onLost: (error) => this.#end({ why: 'lost', error }),
    });
    const { connection } = this.#voice;
    this.#ears = new DiscordEars({
      ...{ clock, log: this.#log, receiver: connection.receiver, counters },
      onPacket: () => {
        this.#traffic.framesIn += 1;
      },
      mayHear: (userId) => !isBot(guild, userId) && !consent.isOptedOut(userId),
      nameOf: (userId) => displayName(guild, userId),
      people: () => this.#life.people,
    });
    this.#mouth = new DiscordMouth(clock, {
      ready: () => this.#voice.canSend,
      allowed: () => this.#life.maySpeak,
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
      const [connections] = await Promise.all([this.#connect(), this.#voice.ready]);
      await this.#converse(connections);
    } catch (error) {
      this.close({ reason: roomError(error) });
      throw this.#abort.signal.reason;
    }
  }

  /** People in the channel. */
  get people(): number {
    return this.#life.people.length;
  }

  /** What was found out on joining that will keep answers from coming; nothing of it heals by itself. */
  get troubles(): readonly ParleyError[] {
    return this.#troubles;
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
    this.#spending.close();
    this.#abort.abort(reason ?? new ParleyError('The channel was left', LEFT));
    this.#stopConsent();
    this.#life.close();
    this.#permissions.close();
    try {
      this.#conversation?.close();
    } finally {
      // Requests that are cut off are paid for, and known to be cut off once their connection is closed.
      this.#counted = this.#connections.close().then(() => this.#spending.countRest());
    }
    this.#recorder?.close();
    this.#ears.close();
    this.#mouth.close();
    this.#voice.close({ leave });
    this.#options.traffic.closeRoom(this.#traffic);
    this.#log.info({ badPackets: this.#traffic.badPackets }, 'left the voice channel');
  }

  /** Resolves once all that was spent is counted, a second after `close()` at the latest. */
  async counted(): Promise<void> {
    await this.#counted;
  }

  /** The conversation has begun, though it may be over: it is no more the affair of who called the agent alone. */
  get talked(): boolean {
    return this.#conversation !== null;
  }

  /** Writes into the channel's chat. */
  tell(text: string): void {
    writeToChat(this.#options.channel, text, this.#log);
  }

  /** Writes there as well, but not before everybody knows who speaks to them there. */
  inform(text: string): void {
    if (this.#closed) return;
    if (this.#conversation) this.tell(text);
    else this.#untold.push(text);
  }

  async #connect(): Promise<Connections> {
    const { signal } = this.#abort;
    const { onProviders } = this.#options;
    try {
      const connections = await this.#connections.open(signal);
      onProviders(null);
      return connections;
    } catch (error) {
      if (!signal.aborted) onProviders(roomError(error));
      throw error;
    }
  }

  async #converse(connections: Connections): Promise<void> {
    const { channel, clock, nowUnixMs, vad, providers, systemPrompt, onTurn } = this.#options;
    const { addressing, speculation, agentNames, language } = this.#options;
    const { stt, llm, tts } = this.#spending.metered(connections);
    const { earlyCommit } = providers.stt;
    const notices = await renderNotices(tts, clock, this.#log);
    if (this.#closed) throw this.#abort.signal.reason;
    this.#troubles = [connections.llm.refused, notices.failure].filter((failure) => !!failure);
    this.#recorder = this.#openRecorder();
    this.#conversation = new Conversation({
      ...{ clock, nowUnixMs, log: this.#log, guildId: channel.guild.id, channelId: channel.id },
      ...{ ears: this.#ears, mouth: this.#mouth, vad, notices, llm },
      stt: onDemand(stt, clock),
      tts: permitted(tts, () => this.#life.maySpeak),
      providerNames: { stt: providers.stt.name, llm: providers.llm.name, tts: providers.tts.name },
      systemPrompt,
      turnOptions: turnOptions({ addressing, speculation, agentNames, language, earlyCommit }),
      maxTokens: MAX_TOKENS,
      rhythms: this.#options.rhythms,
      onTurn: (report) => onTurn({ ...report, record: this.#spending.turn(report.record) }),
      record: this.#recorder && ((line) => this.#recorder?.write(line)),
      postText: (text) => this.tell(text),
    });
    this.tell(joinNotice(providers, this.#options));
    for (const text of this.#untold.splice(0)) this.tell(text);
    this.#log.info({ endToEndEncrypted: this.endToEndEncrypted }, 'joined a voice channel');
  }

  #openRecorder(): EventRecorder | null {
    const { eventLogDir: dir, nowUnixMs } = this.#options;
    const name = `${this.channelId}-${nowUnixMs()}`;
    return dir === null ? null : openEventRecorder({ dir, name, log: this.#log });
  }

  /** A frame that the library cannot encrypt or send is lost; the ones after it may do better. */
  #send(packet: Buffer): void {
    try {
      this.#voice.connection.playOpusPacket(packet);
      this.#traffic.framesOut += 1;
      this.#sendFailed = false;
    } catch (error) {
      if (!this.#sendFailed) this.#log.error({ err: error }, 'frames of the voice cannot be sent');
      this.#sendFailed = true;
    }
  }

  #onHindered(how: Hindrance): void {
    const { channel, clock } = this.#options;
    this.#log.info({ how }, 'hindered in the voice channel');
    if (how !== 'suppressed' || !isStage(channel)) return this.inform(HINDRANCE_TEXTS[how]);
    // Asked for once: who sends the agent back to the audience does not want to be asked again.
    if (this.#askedToSpeak) return this.inform(TO_AUDIENCE);
    this.#askedToSpeak = true;
    askToSpeak(channel, clock, this.#log).then(
      (entry) => {
        this.#log.info({ entry }, 'on a stage');
        if (entry !== 'invited') this.inform(STAGE_TEXTS[entry]);
      },
      (error: unknown) => this.#log.error({ err: error }, 'the stage could not be asked'),
    );
  }

  #onPermissionsLost(names: readonly NeededPermission[]): void {
    this.#log.warn(
      { lost: names, remedy: 'Give them back in the channel settings.' },
      'permissions were taken away',
    );
    // The loss of Speak is told when it takes effect, and that of Send Messages cannot be.
    if (names.includes('Connect')) this.inform(CONNECT_LOST);
  }

  #end(end: RoomEnd): void {
    if (this.#closed) return;
    const error = 'error' in end ? end.error : null;
    const reason = error ? { why: end.why, code: error.code, remedy: error.remedy } : end;
    this.#log.info(reason, 'the conversation is over');
    if (error) this.close({ reason: error });
    else if (end.why !== 'moved') this.close();
    this.#options.onEnded(end);
  }
}

/** A thrown value as the reason why a room could not be opened. */
export const roomError = (error: unknown): ParleyError =>
  toParleyError(error, {
    code: 'JOIN_FAILED',
    remedy: 'Try /join again; if it stays, the person who runs me finds the reason in the log.',
    retryable: true,
  });
