/** One connection to the gateway: checks every message as Discord would, and closes with Discord's codes. */
import type { RawData, WebSocket } from 'ws';
import { closeSocket, closingOf } from '../closing.ts';
import type { Gateway } from './gateway.ts';
import { GATEWAY_OP, type GatewaySession, type Shard } from './gateway-session.ts';
import { channelInfo, memberChunks } from './requests.ts';

const GATEWAY_CLOSE = {
  unknownOpcode: 4001,
  decodeError: 4002,
  notAuthenticated: 4003,
  authenticationFailed: 4004,
  alreadyAuthenticated: 4005,
  invalidSequence: 4007,
  rateLimited: 4008,
  timedOut: 4009,
  invalidShard: 4010,
  invalidVersion: 4012,
  invalidIntents: 4013,
  disallowedIntents: 4014,
} as const;

export const VERSION = 10;
/** Every bit that names an intent. */
const KNOWN_INTENTS = [...Array(17).keys(), 20, 21, 24, 25].reduce((bits, bit) => bits | (1 << bit), 0);
/** Guild members, presences, message content: none is granted to the bot. */
const PRIVILEGED_INTENTS = (1 << 1) | (1 << 8) | (1 << 15);
const MAX_EVENT_BYTES = 4096;
const EVENTS_PER_WINDOW = 120;
const WINDOW_MS = 60_000;
/** A client that is late by this many heartbeat intervals is gone. */
const TOLERATED_INTERVALS = 2;
/** A client that says goodbye with one of these does not come back to its session. */
const GOODBYE = [1000, 1001];

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isId = (value: unknown): value is string => typeof value === 'string' && /^\d{1,20}$/.test(value);

function readShard(value: unknown): Shard | null {
  if (value === undefined) return { id: 0, count: 1 };
  const [id, count] = Array.isArray(value) ? (value as unknown[]) : [];
  if (!Number.isInteger(id) || !Number.isInteger(count)) return null;
  const shard = { id: Number(id), count: Number(count) };
  return shard.id >= 0 && shard.id < shard.count ? shard : null;
}

export class GatewayConnection {
  readonly #gateway: Gateway;
  readonly #socket: WebSocket;
  /** What was identified or resumed here last. */
  #latest: GatewaySession | null = null;
  /** When the events of the current rate-limit window arrived. */
  #arrivals: number[] = [];
  #refused = false;
  #cancelTimeout: () => void = () => undefined;

  constructor(gateway: Gateway, socket: WebSocket, url: string) {
    this.#gateway = gateway;
    this.#socket = socket;
    const { log, heartbeatIntervalMs } = gateway.options;
    socket.on('message', (data, binary) => this.#onMessage(data, binary));
    socket.on('close', (code, reason) => this.#onClose(code, reason));
    socket.on('error', (error) => log.add('gateway.socketError', { reason: String(error) }));
    const query = new URL(url, 'ws://localhost').searchParams;
    const json = (query.get('encoding') ?? 'json') === 'json' && !query.has('compress');
    if (query.get('v') !== String(VERSION) || !json) {
      this.#refuse(GATEWAY_CLOSE.invalidVersion, 'only version 10 in plain JSON is spoken');
      return;
    }
    this.#send(GATEWAY_OP.hello, { heartbeat_interval: heartbeatIntervalMs });
    this.#awaitHeartbeat();
  }

  /** Null before identify, and again once the session is invalid (op 9) or goes on over another connection. */
  get #session(): GatewaySession | null {
    return this.#latest?.socket === this.#socket ? this.#latest : null;
  }

  #send(op: number, d: unknown = null): void {
    this.#socket.send(JSON.stringify({ op, d }));
  }

  #refuse(code: number, reason: string): void {
    this.#refused = true;
    this.#gateway.options.log.add('gateway.refused', { code, reason });
    closeSocket(this.#socket, code, reason);
  }

  /** A session that timed out can still be resumed: "your connection will be closed and you will be forced to Resume". */
  #awaitHeartbeat(): void {
    const { timers, heartbeatIntervalMs } = this.#gateway.options;
    this.#cancelTimeout();
    this.#cancelTimeout = timers.afterSilence(heartbeatIntervalMs * TOLERATED_INTERVALS, () =>
      this.#refuse(GATEWAY_CLOSE.timedOut, 'no heartbeat'),
    );
  }

  #onMessage(data: RawData, binary: boolean): void {
    if (this.#refused) return;
    const now = performance.now();
    this.#arrivals = this.#arrivals.filter((atMs) => atMs > now - WINDOW_MS);
    this.#arrivals.push(now);
    if (this.#arrivals.length > EVENTS_PER_WINDOW) {
      this.#refuse(GATEWAY_CLOSE.rateLimited, 'more than 120 events in a minute');
      return;
    }
    const text = data.toString();
    if (Buffer.byteLength(text) > MAX_EVENT_BYTES) {
      this.#refuse(GATEWAY_CLOSE.decodeError, `an event of more than ${MAX_EVENT_BYTES} bytes`);
      return;
    }
    let message: unknown = null;
    try {
      if (!binary) message = JSON.parse(text);
    } catch {
      // Answered below, as any other message that is not an object with an op.
    }
    if (isFields(message) && typeof message.op === 'number') this.#onOp(message.op, message.d);
    else this.#refuse(GATEWAY_CLOSE.decodeError, 'not a JSON object with an op');
  }

  #onOp(op: number, data: unknown): void {
    const d = isFields(data) ? data : {};
    if (op === GATEWAY_OP.heartbeat) this.#heartbeat(data);
    else if (!Object.values(GATEWAY_OP).some((known) => known === op)) {
      this.#refuse(GATEWAY_CLOSE.unknownOpcode, `op ${op}`);
    } else if (op === GATEWAY_OP.identify) this.#identify(d);
    else if (op === GATEWAY_OP.resume) this.#resume(d);
    else if (!this.#session) this.#refuse(GATEWAY_CLOSE.notAuthenticated, `op ${op} before identify`);
    else if (op === GATEWAY_OP.voiceStateUpdate) this.#voiceState(this.#session, d);
    else this.#request(this.#session, op, d);
  }

  #heartbeat(d: unknown): void {
    const { knobs } = this.#gateway.options;
    if (d !== null && !Number.isInteger(d)) {
      this.#refuse(GATEWAY_CLOSE.decodeError, 'a heartbeat without a sequence number');
      return;
    }
    this.#awaitHeartbeat();
    if (!knobs.ignoreGatewayHeartbeats) this.#send(GATEWAY_OP.heartbeatAck);
  }

  #identify(d: Fields): void {
    const { revokeToken, identifyLimit, knobs } = this.#gateway.options;
    if (this.#session) {
      this.#refuse(GATEWAY_CLOSE.alreadyAuthenticated, 'identified twice');
      return;
    }
    const intents = Number(d.intents);
    const shard = readShard(d.shard);
    if (!this.#knows(d.token)) this.#refuse(GATEWAY_CLOSE.authenticationFailed, 'wrong token');
    else if (!isFields(d.properties)) this.#refuse(GATEWAY_CLOSE.decodeError, 'identify without properties');
    else if (!shard) this.#refuse(GATEWAY_CLOSE.invalidShard, 'no such shard');
    else if (!Number.isInteger(intents) || (intents & ~KNOWN_INTENTS) !== 0) {
      this.#refuse(GATEWAY_CLOSE.invalidIntents, 'unknown intents');
    } else if ((intents & PRIVILEGED_INTENTS) !== 0) {
      this.#refuse(GATEWAY_CLOSE.disallowedIntents, 'privileged intents are not granted');
    } else if (!knobs.ignoreIdentify) {
      const limit = identifyLimit.take(shard.id);
      if (limit === 'spent') revokeToken();
      else if (limit === 'tooFast') this.#invalidate('identified too fast');
      else this.#latest = this.#gateway.begin(this.#socket, intents, shard);
    }
  }

  /** Discord takes the token with its scheme too: some libraries send it so. */
  #knows(token: unknown): boolean {
    const own = this.#gateway.options.token();
    return own !== null && (token === own || token === `Bot ${own}`);
  }

  #invalidate(reason: string): void {
    this.#gateway.options.log.add('gateway.invalidSession', { reason });
    this.#send(GATEWAY_OP.invalidSession, false);
  }

  #resume(d: Fields): void {
    const { log } = this.#gateway.options;
    const session = this.#gateway.sessions.get(String(d.session_id));
    const seen = Number(d.seq);
    if (this.#session) this.#refuse(GATEWAY_CLOSE.alreadyAuthenticated, 'resumed twice');
    else if (!this.#knows(d.token)) this.#refuse(GATEWAY_CLOSE.authenticationFailed, 'wrong token');
    else if (!session) this.#invalidate('the session is gone');
    else if (!Number.isInteger(seen) || seen > session.sequence) {
      this.#gateway.end(session);
      this.#refuse(GATEWAY_CLOSE.invalidSequence, `sequence ${seen} of ${session.sequence}`);
    } else if (!session.canReplay(seen)) {
      this.#gateway.end(session);
      this.#invalidate('too many events were missed');
    } else {
      this.#latest = session;
      log.add('gateway.resume', { repeated: session.resume(this.#socket, seen) });
    }
  }

  #voiceState(session: GatewaySession, d: Fields): void {
    const { guild_id: guildId, channel_id: channelId, self_mute: mute, self_deaf: deaf } = d;
    const valid = isId(guildId) && (channelId === null || isId(channelId));
    if (!valid || typeof mute !== 'boolean' || typeof deaf !== 'boolean') {
      this.#refuse(GATEWAY_CLOSE.decodeError, 'op 4 without its fields');
      return;
    }
    this.#gateway.options.onVoiceState(session, d);
  }

  #request(session: GatewaySession, op: number, d: Fields): void {
    const { world, log } = this.#gateway.options;
    log.add('gateway.op', { op });
    const guild = world.guilds.get(String(d.guild_id));
    if (!guild || !session.holds(guild.id)) return;
    if (op === GATEWAY_OP.requestGuildMembers) {
      session.dispatch('GUILD_MEMBERS_CHUNK', memberChunks(guild, d), { guildId: guild.id });
    } else if (op === GATEWAY_OP.requestChannelInfo) {
      session.dispatch('CHANNEL_INFO', channelInfo(guild), { guildId: guild.id });
    }
  }

  #onClose(code: number, reason: Buffer): void {
    this.#cancelTimeout();
    const closing = closingOf(this.#socket, code, reason);
    this.#gateway.options.log.add('gateway.close', { ...closing });
    const session = this.#session;
    if (!session) return;
    this.#gateway.lose(session, closing.by === 'client' && GOODBYE.includes(code));
  }
}
