/** The gateway (version 10, JSON): its connections and sessions, and the events that go to them. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { closeSocket } from '../closing.ts';
import { guildJson, userJson } from '../guild/json.ts';
import type { World } from '../guild/world.ts';
import type { Knobs } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import type { Timers } from '../timers.ts';
import type { Audience } from './dispatch.ts';
import { GatewayConnection, VERSION } from './gateway-connection.ts';
import { GATEWAY_OP, GatewaySession, INTENT, type Shard } from './gateway-session.ts';
import type { IdentifyLimit } from './identify-limit.ts';

export interface GatewayOptions {
  /** Null once it was revoked. */
  token: () => string | null;
  revokeToken(): void;
  applicationId: string;
  world: World;
  knobs: Knobs;
  log: EventLog;
  timers: Timers;
  identifyLimit: IdentifyLimit;
  heartbeatIntervalMs: number;
  /** How long a session whose connection broke can be resumed. */
  resumeWindowMs: number;
  /** Where a client reconnects to resume. */
  url: () => string;
  /** Op 4. */
  onVoiceState(session: GatewaySession, d: Record<string, unknown>): void;
  /** The session is over for good. */
  onEnd(session: GatewaySession): void;
}

export class Gateway {
  readonly options: GatewayOptions;
  readonly sessions = new Map<string, GatewaySession>();
  readonly #server = new WebSocketServer({ noServer: true });

  constructor(options: GatewayOptions) {
    this.options = options;
    this.#server.on(
      'connection',
      (socket, request) => new GatewayConnection(this, socket, request.url ?? ''),
    );
  }

  /** Takes over an HTTP upgrade request. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#server.emit('connection', ws, request));
  }

  /** An event to every session that may see it. */
  dispatch(event: string, d: unknown, audience: Audience = {}): void {
    for (const session of this.sessions.values()) session.dispatch(event, d, audience);
  }

  /** A new session, with READY and the guilds of its shard. */
  begin(socket: WebSocket, intents: number, shard: Shard): GatewaySession {
    const { world, applicationId, url, log } = this.options;
    const session = new GatewaySession(socket, intents, shard);
    this.sessions.set(session.id, session);
    log.add('gateway.identify', { intents, shard: [shard.id, shard.count] });
    const guilds = [...world.guilds.values()].filter(({ id }) => session.holds(id));
    session.greet('READY', {
      v: VERSION,
      user: userJson(world.bot),
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: url(),
      session_type: 'normal',
      shard: [shard.id, shard.count],
      application: { id: applicationId, flags: 0 },
      user_settings: {},
      private_channels: [],
      relationships: [],
      presences: [],
    });
    for (const guild of guilds) {
      if (world.unavailable.has(guild.id)) continue;
      session.dispatch('GUILD_CREATE', guildJson(guild), { intent: INTENT.guilds, guildId: guild.id });
    }
    return session;
  }

  /** A session has lost its connection; unless that was a goodbye, it waits for a resume. */
  lose(session: GatewaySession, goodbye: boolean): void {
    const { timers, resumeWindowMs } = this.options;
    if (goodbye) this.end(session);
    else session.detach(timers.after(resumeWindowMs, () => this.end(session)));
  }

  /** The session is over; its connection, if it has one, may identify anew. */
  end(session: GatewaySession): void {
    session.detach();
    if (this.sessions.delete(session.id)) this.options.onEnd(session);
  }

  /** Closes every connection; 1006 breaks it without goodbye. */
  closeConnections(code: number, reason = ''): void {
    for (const client of this.#server.clients) closeSocket(client, code, reason);
  }

  /** Op 1 (please send a heartbeat), op 7 (please reconnect) or op 9 (session invalid). */
  control(op: 1 | 7 | 9, d: boolean | null): void {
    if (op === GATEWAY_OP.invalidSession) {
      for (const session of [...this.sessions.values()]) this.lose(session, d === false);
    }
    this.sendRaw(JSON.stringify({ op, d }));
  }

  /** Any text or bytes to every client. */
  sendRaw(data: string | Buffer): void {
    for (const client of this.#server.clients) client.send(data);
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }
}
