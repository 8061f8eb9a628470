/** Bare sockets that say to the loopback whatever a test wants, right or wrong. */
import { createSocket } from 'node:dgram';
import { WebSocket } from 'ws';
import type { Loopback } from '../../src/loopback/index.ts';

type Message = Record<string, unknown> & { op: number };

export interface RawSocket {
  /** JSON messages so far; binary ones as `{ op, bytes }`. */
  received: Message[];
  /** Resolves with the next message of this op (or dispatched event) that was not yet taken. */
  next(op: number, event?: string): Promise<Message>;
  /** Objects are written as JSON. */
  send(message: unknown): void;
  /** Resolves with the code when the connection ends. */
  closed: Promise<number>;
  close(code?: number): void;
}

async function open(url: string, ca?: string): Promise<RawSocket> {
  const socket = new WebSocket(url, ca === undefined ? {} : { ca });
  const received: Message[] = [];
  let taken = 0;
  const listeners = new Set<() => void>();
  socket.on('message', (data: Buffer, binary: boolean) => {
    const message = binary ? { op: data.readUInt8(2), bytes: data.subarray(3) } : JSON.parse(data.toString());
    received.push(message as Message);
    for (const listener of listeners) listener();
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return {
    received,
    closed,
    next: async (op, event) =>
      await new Promise((resolve) => {
        const look = () => {
          const at = received.findIndex((m, i) => i >= taken && m.op === op && (!event || m.t === event));
          if (at === -1) return;
          taken = at + 1;
          listeners.delete(look);
          resolve(received[at] as Message);
        };
        listeners.add(look);
        look();
      }),
    send: (message) =>
      socket.send(
        typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
      ),
    close: (code) => (code === undefined ? socket.terminate() : socket.close(code)),
  };
}

/** A connection to the gateway that has said nothing yet. */
export const openGateway = async ({ apiUrl }: Loopback, query = 'v=10&encoding=json'): Promise<RawSocket> =>
  await open(`${apiUrl.replace('http', 'ws').replace('/api', '/gateway')}?${query}`);

/** A correct identify, or one with changes. */
export const identify = ({ token }: Loopback, change: Record<string, unknown> = {}) => ({
  op: 2,
  d: { token, properties: {}, intents: 129, ...change },
});

/** A gateway connection that has identified; resolves with its READY. */
export async function identified(
  loopback: Loopback,
  change: Record<string, unknown> = {},
): Promise<{ gateway: RawSocket; ready: Record<string, unknown> }> {
  const gateway = await openGateway(loopback);
  gateway.send(identify(loopback, change));
  const { d } = await gateway.next(0, 'READY');
  return { gateway, ready: d as Record<string, unknown> };
}

/** What a client of the voice gateway must know. */
export interface Ticket {
  endpoint: string;
  server_id: string;
  user_id: string;
  session_id: string;
  token: string;
}

/** Asks the gateway for a voice channel. */
export async function requestVoice(
  loopback: Loopback,
  gateway: RawSocket,
  channelId: string,
): Promise<Ticket> {
  const d = { guild_id: loopback.guildId, channel_id: channelId, self_mute: false, self_deaf: false };
  gateway.send({ op: 4, d });
  const state = (await gateway.next(0, 'VOICE_STATE_UPDATE')).d as Record<string, string>;
  const server = (await gateway.next(0, 'VOICE_SERVER_UPDATE')).d as Record<string, string>;
  return {
    endpoint: server.endpoint!,
    server_id: loopback.guildId,
    user_id: loopback.botUserId,
    session_id: state.session_id!,
    token: server.token!,
  };
}

/** A connection to the voice gateway that has said nothing yet. */
export const openVoice = async ({ caPem }: Loopback, { endpoint }: Ticket, version = 8): Promise<RawSocket> =>
  await open(`wss://${endpoint}?v=${version}`, caPem);

export const identifyVoice = ({ endpoint: _, ...d }: Ticket, change: Record<string, unknown> = {}) => ({
  op: 0,
  d: { ...d, max_dave_protocol_version: 1, ...change },
});

/** A UDP socket, and the address under which the voice server sees it. */
export async function discover(
  ssrc: number,
  port: number,
): Promise<{ udp: ReturnType<typeof createSocket>; address: string; port: number }> {
  const udp = createSocket('udp4');
  const request = Buffer.alloc(74);
  request.writeUInt16BE(1, 0);
  request.writeUInt16BE(70, 2);
  request.writeUInt32BE(ssrc, 4);
  const reply = await new Promise<Buffer>((resolve) => {
    udp.once('message', resolve);
    udp.send(request, port, '127.0.0.1');
  });
  const address = reply.toString('ascii', 8, reply.indexOf(0, 8));
  return { udp, address, port: reply.readUInt16BE(72) };
}
