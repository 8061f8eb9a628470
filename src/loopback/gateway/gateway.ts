/** The gateway (version 10, JSON): lets the bot in with its token, keeps its session, and sends it events. */
import type { IncomingMessage } from 'node:http';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Guild } from '../guild/guild.ts';
import type { EventLog } from '../log.ts';
import type { Timers } from '../timers.ts';
import { GATEWAY_OP, GatewaySession, INTENT } from './gateway-session.ts';

const GATEWAY_CLOSE = {
  unknownOpcode: 4001,
  decodeError: 4002,
  notAuthenticated: 4003,
  authenticationFailed: 4004,
  alreadyAuthenticated: 4005,
  rateLimited: 4008,
  invalidVersion: 4012,
  disallowedIntents: 4014,
} as const;

const VERSION = '10';
/** Guild members, presences, message content: none is granted to the bot. */
const PRIVILEGED_INTENTS = (1 << 1) | (1 << 8) | (1 << 15);
const EVENTS_PER_WINDOW = 120;
const WINDOW_MS = 60_000;

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

export interface GatewayOptions {
  token: string;
  applicationId: string;
  guild: Guild;
  log: EventLog;
  timers: Timers;
  heartbeatIntervalMs: number;
  /** How long a session whose connection broke can be resumed. */
  resumeWindowMs: number;
  /** Where a client reconnects to resume. */
  url: () => string;
  /** Op 4. */
  onVoiceState(session: GatewaySession, d: Fields): void;
  /** The session is over for good. */
  onEnd(session: GatewaySession): void;
}

interface Connection {
  socket: WebSocket;
  session: GatewaySession | null;
  /** When the events of the current rate-limit window arrived. */
  arrivals: number[];
}

export class Gateway {
  readonly sessions = new Map<string, GatewaySession>();
  readonly #options: GatewayOptions;
  readonly #server = new WebSocketServer({ noServer: true });

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#server.on('connection', (socket, request) => this.#onConnection(socket, request));
  }

  /** Takes over an HTTP upgrade request. */
  upgrade(request: IncomingMessage, socket: import('node:stream').Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#server.emit('connection', ws, request));
  }

  dispatch(event: string, d: unknown, intent = 0): void {
    for (const session of this.sessions.values()) session.dispatch(event, d, intent);
  }

  /** Closes every connection; 1006 breaks it without goodbye. */
  closeConnections(code: number): void {
    for (const client of this.#server.clients) {
      if (code === 1006) client.terminate();
      else client.close(code);
    }
  }

  /** Op 7 (please reconnect) or op 9 (session invalid). */
  control(op: 7 | 9, d: boolean | null): void {
    if (op === GATEWAY_OP.invalidSession && d === false) {
      for (const session of [...this.sessions.values()]) this.#end(session);
    }
    for (const client of this.#server.clients) client.send(JSON.stringify({ op, d }));
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }

  #onConnection(socket: WebSocket, request: IncomingMessage): void {
    const { log, heartbeatIntervalMs } = this.#options;
    const connection: Connection = { socket, session: null, arrivals: [] };
    socket.on('message', (data, binary) => this.#onMessage(connection, data, binary));
    socket.on('close', (code) => this.#onClose(connection, code));
    socket.on('error', (error) => log.add('gateway.socketError', { reason: String(error) }));
    const query = new URL(request.url ?? '', 'ws://localhost').searchParams;
    if (query.get('v') !== VERSION || (query.get('encoding') ?? 'json') !== 'json' || query.has('compress')) {
      this.#refuse(connection, GATEWAY_CLOSE.invalidVersion, 'only version 10 in plain JSON is spoken');
      return;
    }
    this.#send(connection, GATEWAY_OP.hello, { heartbeat_interval: heartbeatIntervalMs });
  }

  #send({ socket }: Connection, op: number, d?: unknown): void {
    socket.send(JSON.stringify({ op, d: d ?? null }));
  }

  #refuse({ socket }: Connection, code: number, reason: string): void {
    this.#options.log.add('gateway.refused', { code, reason });
    socket.close(code, reason);
  }

  #onMessage(connection: Connection, data: RawData, binary: boolean): void {
    const now = performance.now();
    connection.arrivals = connection.arrivals.filter((atMs) => atMs > now - WINDOW_MS);
    connection.arrivals.push(now);
    if (connection.arrivals.length > EVENTS_PER_WINDOW) {
      this.#refuse(connection, GATEWAY_CLOSE.rateLimited, 'more than 120 events in a minute');
      return;
    }
    let message: unknown = null;
    try {
      if (!binary) message = JSON.parse(data.toString());
    } catch {
      // Answered below, as any other message that is not an object with an op.
    }
    if (isFields(message) && typeof message.op === 'number') {
      this.#onOp(connection, message.op, message.d);
    } else {
      this.#refuse(connection, GATEWAY_CLOSE.decodeError, 'not a JSON object with an op');
    }
  }

  #onOp(connection: Connection, op: number, data: unknown): void {
    const d = isFields(data) ? data : {};
    if (op === GATEWAY_OP.heartbeat) this.#send(connection, GATEWAY_OP.heartbeatAck);
    else if (op === GATEWAY_OP.identify) this.#identify(connection, d);
    else if (op === GATEWAY_OP.resume) this.#resume(connection, d);
    else if (!connection.session) {
      this.#refuse(connection, GATEWAY_CLOSE.notAuthenticated, `op ${op} before identify`);
    } else if (op === GATEWAY_OP.voiceStateUpdate) this.#options.onVoiceState(connection.session, d);
    else if (op === GATEWAY_OP.presenceUpdate || op === GATEWAY_OP.requestGuildMembers) {
      this.#options.log.add('gateway.op', { op });
    } else this.#refuse(connection, GATEWAY_CLOSE.unknownOpcode, `op ${op}`);
  }

  #identify(connection: Connection, d: Fields): void {
    const { token, log, guild, applicationId, url } = this.#options;
    const intents = Number(d.intents);
    if (connection.session) {
      this.#refuse(connection, GATEWAY_CLOSE.alreadyAuthenticated, 'identified twice');
      return;
    }
    if (d.token !== token) {
      this.#refuse(connection, GATEWAY_CLOSE.authenticationFailed, 'wrong token');
      return;
    }
    if (!Number.isInteger(intents) || (intents & PRIVILEGED_INTENTS) !== 0) {
      this.#refuse(connection, GATEWAY_CLOSE.disallowedIntents, 'privileged intents are not granted');
      return;
    }
    const session = new GatewaySession(connection.socket, intents);
    connection.session = session;
    this.sessions.set(session.id, session);
    log.add('gateway.identify', { intents });
    session.dispatch('READY', {
      v: Number(VERSION),
      user: guild.userJson(guild.bot),
      guilds: [{ id: guild.id, unavailable: true }],
      session_id: session.id,
      resume_gateway_url: url(),
      session_type: 'normal',
      shard: d.shard ?? [0, 1],
      application: { id: applicationId, flags: 0 },
      user_settings: {},
      private_channels: [],
      relationships: [],
      presences: [],
    });
    session.dispatch('GUILD_CREATE', guild.json(), INTENT.guilds);
  }

  #resume(connection: Connection, d: Fields): void {
    const session = this.sessions.get(String(d.session_id));
    if (d.token !== this.#options.token) {
      this.#refuse(connection, GATEWAY_CLOSE.authenticationFailed, 'wrong token');
      return;
    }
    if (!session) {
      this.#send(connection, GATEWAY_OP.invalidSession, false);
      return;
    }
    connection.session = session;
    const repeated = session.resume(connection.socket, Number(d.seq));
    this.#options.log.add('gateway.resume', { repeated });
  }

  #onClose({ session, socket }: Connection, code: number): void {
    this.#options.log.add('gateway.close', { code });
    if (!session || session.socket !== socket) return;
    session.detach();
    if (code === 1000 || code === 1001) {
      this.#end(session);
      return;
    }
    this.#options.timers.after(this.#options.resumeWindowMs, () => {
      if (session.socket === null) this.#end(session);
    });
  }

  #end(session: GatewaySession): void {
    if (this.sessions.delete(session.id)) this.#options.onEnd(session);
  }
}
