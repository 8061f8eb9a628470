/** One identified gateway client: numbers its events, keeps them for a resume, and filters them by its intents. */
import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';

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
} as const;

export const INTENT = { guilds: 1, guildMembers: 2, guildVoiceStates: 128 } as const;

/** Events kept for a client that resumes. */
const BUFFERED_EVENTS = 1000;

export class GatewaySession {
  readonly id = randomBytes(16).toString('hex');
  readonly #intents: number;
  readonly #buffered: { sequence: number; data: string }[] = [];
  #sequence = 0;
  #socket: WebSocket | null;

  constructor(socket: WebSocket, intents: number) {
    this.#socket = socket;
    this.#intents = intents;
  }

  get socket(): WebSocket | null {
    return this.#socket;
  }

  /** @param intent the intent bit that the client needs to see this event; 0 for events that everyone gets. */
  dispatch(event: string, d: unknown, intent = 0): void {
    if ((this.#intents & intent) !== intent) return;
    this.#sequence += 1;
    const data = JSON.stringify({ op: GATEWAY_OP.dispatch, t: event, s: this.#sequence, d });
    this.#buffered.push({ sequence: this.#sequence, data });
    if (this.#buffered.length > BUFFERED_EVENTS) this.#buffered.shift();
    this.#socket?.send(data);
  }

  detach(): void {
    this.#socket = null;
  }

  /** Repeats what the client has not seen, then RESUMED. Returns how many events were repeated. */
  resume(socket: WebSocket, seen: number): number {
    this.#socket = socket;
    const missed = this.#buffered.filter(({ sequence }) => sequence > seen);
    for (const { data } of missed) socket.send(data);
    this.dispatch('RESUMED', { _trace: [] });
    return missed.length;
  }
}
