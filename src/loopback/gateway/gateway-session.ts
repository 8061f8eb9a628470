/** One identified gateway client: numbers its events, keeps them for a resume, and filters them by intents and shard. */
import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Audience } from './dispatch.ts';

export const GATEWAY_OP = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  presenceUpdate: 3,
  voiceStateUpdate: 4,
  resume: 6,
  reconnect: 7,
  requestGuildMembers: 8,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
  requestSoundboardSounds: 31,
  requestChannelInfo: 43,
} as const;

export const INTENT = { guilds: 1, guildMembers: 2, guildVoiceStates: 128 } as const;

/** Events kept for a client that resumes. */
const BUFFERED_EVENTS = 1000;

/** Of a bot that shares its guilds among several connections. */
export interface Shard {
  id: number;
  count: number;
}

export class GatewaySession {
  readonly id = randomBytes(16).toString('hex');
  readonly shard: Shard;
  readonly #intents: number;
  readonly #buffered: { sequence: number; data: string }[] = [];
  #sequence = 0;
  #socket: WebSocket | null;
  #cancelExpiry: () => void = () => undefined;

  constructor(socket: WebSocket, intents: number, shard: Shard) {
    this.#socket = socket;
    this.#intents = intents;
    this.shard = shard;
  }

  get socket(): WebSocket | null {
    return this.#socket;
  }

  /** The number of the last event. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Whether the guild is one of this shard's; without a guild, whether it is the first shard. */
  holds(guildId?: string): boolean {
    const { id, count } = this.shard;
    return guildId === undefined ? id === 0 : Number((BigInt(guildId) >> 22n) % BigInt(count)) === id;
  }

  dispatch(event: string, d: unknown, { intent = 0, guildId }: Audience = {}): void {
    if ((this.#intents & intent) !== intent || !this.holds(guildId)) return;
    this.#send(event, d);
  }

  /** READY and RESUMED: to this client, whatever its shard. */
  greet(event: 'READY' | 'RESUMED', d: unknown): void {
    this.#send(event, d);
  }

  #send(event: string, d: unknown): void {
    this.#sequence += 1;
    const data = JSON.stringify({ op: GATEWAY_OP.dispatch, t: event, s: this.#sequence, d });
    this.#buffered.push({ sequence: this.#sequence, data });
    if (this.#buffered.length > BUFFERED_EVENTS) this.#buffered.shift();
    this.#socket?.send(data);
  }

  /** The session has no connection any more; `cancelExpiry` is called when it is resumed. */
  detach(cancelExpiry: () => void = () => undefined): void {
    this.#socket = null;
    this.#cancelExpiry();
    this.#cancelExpiry = cancelExpiry;
  }

  /** Whether all that the client has not seen is still there. */
  canReplay(seen: number): boolean {
    return seen >= (this.#buffered[0]?.sequence ?? 1) - 1;
  }

  /** Repeats what the client has not seen, then RESUMED. Returns how many events were repeated. */
  resume(socket: WebSocket, seen: number): number {
    this.#cancelExpiry();
    this.#socket = socket;
    const missed = this.#buffered.filter(({ sequence }) => sequence > seen);
    for (const { data } of missed) socket.send(data);
    this.greet('RESUMED', { _trace: [] });
    return missed.length;
  }
}
