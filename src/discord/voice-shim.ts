/**
 * All that reaches into private parts of @discordjs/voice, for which reason `voice-version.ts` lets only known versions
 * start: one bad packet destroys a speaker's stream there, one bad message ends the process, 0.19.2 hides RTP numbers,
 * packets are not decrypted while a session is resumed, a lost discovery reply is never asked for again, and close codes
 * are not told.
 */
import { type VoiceConnection, VoiceConnectionStatus } from '@discordjs/voice';
import type { Clock } from '../base/clock.ts';
import type { ReceiveCounters } from './ears/counters.ts';
import { EarlyPackets } from './ears/early-packets.ts';
import { isHousekeeping, isSealed, strangeness } from './ears/packet-marks.ts';
import { Seals } from './ears/seals.ts';

/** What is known of a packet besides its payload. */
export interface RtpInfo {
  sequence: number;
  timestamp: number;
  ssrc: number;
  arrivedMs: number;
}

/** A packet that was opened: Opus, as far as can be told from outside. */
export interface ReceivedPacket extends RtpInfo {
  payload: Buffer;
}

interface DaveSession {
  protocolVersion: number;
  lastTransitionId?: number;
  reinitializing: boolean;
  consecutiveFailures: number;
  failureTolerance: number;
  session?: { ready: boolean };
  decrypt(packet: Buffer, userId: string): Buffer | null;
  recoverFromInvalidTransition(id: number): void;
}

interface Socket {
  onMessage(event: { data: unknown }): void;
}

interface Udp {
  send(buffer: Buffer): void;
}

interface NetworkingState {
  code: number;
  ws?: Socket;
  dave?: DaveSession;
  udp?: Udp;
  connectionData?: { ssrc: number; connectedClients?: Set<string> };
}

interface Networking {
  state: NetworkingState;
  on(event: 'stateChange', listener: (before: NetworkingState, after: NetworkingState) => void): void;
}

interface Sender {
  userId: string;
  audioSSRC: number;
}

/** What the library makes of a packet: its payload in 0.19.2, in the release after it an object that holds it. */
type Parsed = Buffer | { readonly payload: Buffer };

/** 0.19.2 does not hand over the SSRC. */
type ParseArguments = [
  ...[buffer: Buffer, mode: unknown, nonce: unknown, key: unknown, userId: string],
  ssrc?: number,
];

interface Receiver {
  ssrcMap: {
    map: Map<number, Sender>;
    update(sender: Sender): void;
    on(event: 'create' | 'delete', listener: (sender: Sender) => void): void;
  };
  parsePacket(...args: ParseArguments): Parsed | null;
  onUdpMessage(message: Buffer): void;
}

interface Private {
  receiver: Receiver;
  onNetworkingClose(code: number): void;
}

const CODE_UDP_HANDSHAKING = 2;
/** So many packets without an announcement, 200 ms: it is lost. */
const INFER_AFTER_PACKETS = 10;
/** So many numbers of packets are remembered for each sender, to know a repetition. */
const REMEMBERED = 64;
const receivedOf = new WeakMap<object, ReceivedPacket>();

/** What came out of a receive stream of a guarded connection; undefined for anything else. */
export const received = (data: unknown): ReceivedPacket | undefined =>
  typeof data === 'object' && data !== null ? receivedOf.get(data) : undefined;

const payloadOf = (parsed: Parsed | null): Buffer | null =>
  parsed === null || Buffer.isBuffer(parsed) ? parsed : parsed.payload;

/**
 * Makes every packet survivable, dated and counted when it is not handed on. To be called once, before the connection
 * has a network.
 */
export function guardReceiver(connection: VoiceConnection, clock: Clock, counters: ReceiveCounters): void {
  const receiver = (connection as unknown as Private).receiver;
  const { ssrcMap } = receiver;
  const parse = receiver.parsePacket.bind(receiver);
  const handle = receiver.onUdpMessage.bind(receiver);
  const early = new EarlyPackets((count) => {
    counters.unannounced += count;
  });
  const heard = new Map<number, number[]>();
  const seals = new Seals();
  let arrivedMs = 0;
  receiver.onUdpMessage = (message) => {
    if (isHousekeeping(message)) return;
    const cause = strangeness(message);
    if (cause) {
      counters[cause] += 1;
      return;
    }
    arrivedMs = clock.now();
    const ssrc = message.readUInt32BE(8);
    if (ssrcMap.map.has(ssrc)) return handle(message);
    if (early.keep(ssrc, { message, arrivedMs }) >= INFER_AFTER_PACKETS) inferSender(connection, ssrc);
  };
  ssrcMap.on('create', ({ audioSSRC }) => {
    for (const packet of early.take(audioSSRC, clock.now())) {
      arrivedMs = packet.arrivedMs;
      handle(packet.message);
    }
  });
  ssrcMap.on('delete', ({ audioSSRC }) => heard.delete(audioSSRC));
  receiver.parsePacket = (...args) => {
    const [buffer, , , , userId] = args;
    const dave = daveOf(connection);
    if (dave && dave.protocolVersion > 0 && !dave.session?.ready) {
      counters.beforeEncryption += 1;
      return null;
    }
    const ssrc = buffer.readUInt32BE(8);
    const sequence = buffer.readUInt16BE(2);
    const numbers = heard.get(ssrc) ?? [];
    let parsed: Parsed | null = null;
    let payload: Buffer | null = null;
    seals.watch(dave);
    try {
      parsed = parse(...args);
      payload = payloadOf(parsed);
      // While a session is resumed the library hands on what it did not decrypt: noise, if decoded.
      const decrypted = connection.state.status === VoiceConnectionStatus.Ready;
      if (payload && dave && !decrypted) {
        payload = dave.decrypt(payload, userId);
        parsed = Buffer.isBuffer(parsed) ? payload : payload && { ...parsed, payload };
      }
    } catch {
      payload = null;
    }
    const { opening } = seals;
    // A frame that nobody tried to open comes out as it went in: noise, if decoded.
    if (!parsed || !payload || ((opening ?? payload) === payload && isSealed(payload))) {
      if (!opening && !payload) counters.forged += 1;
      else if (numbers.includes(sequence)) counters.repeated += 1;
      else if (isSealed(opening ?? payload)) counters.undecryptable += 1;
      else counters.plaintext += 1;
      if (dave) recoverIfHopeless(dave);
      return null;
    }
    heard.set(ssrc, numbers);
    numbers.push(sequence);
    if (numbers.length > REMEMBERED) numbers.shift();
    receivedOf.set(parsed, { payload, sequence, timestamp: buffer.readUInt32BE(4), ssrc, arrivedMs });
    return parsed;
  };
}

/** Announcements get lost, for one when the agent joins late: if only one person has none, the packets are theirs. */
function inferSender(connection: VoiceConnection, ssrc: number): void {
  const { ssrcMap } = (connection as unknown as Private).receiver;
  const clients = networkingOf(connection)?.state.connectionData?.connectedClients ?? new Set<string>();
  const announced = new Set([...ssrcMap.map.values()].map(({ userId }) => userId));
  const [only, another] = [...clients].filter((userId) => !announced.has(userId));
  if (only !== undefined && another === undefined) ssrcMap.update({ userId: only, audioSSRC: ssrc });
}

/**
 * Keeps what the library chokes on from ending the process: a message of the voice gateway (one of the encryption makes
 * the session start anew), and a packet for a socket that is closed already, such as the first keep-alive, which is sent
 * a moment after the socket was opened. `onBroken` hears of the messages.
 */
export function guardGateway(connection: VoiceConnection, onBroken: (error: unknown) => void): void {
  const guarded = new WeakSet<object>();
  const guardSocket = (socket: Socket | undefined) => {
    if (!socket || guarded.has(socket)) return;
    guarded.add(socket);
    const handle = socket.onMessage.bind(socket);
    socket.onMessage = (event) => {
      try {
        handle(event);
      } catch (error) {
        onBroken(error);
        const dave = daveOf(connection);
        if (typeof event.data !== 'string') dave?.recoverFromInvalidTransition(dave.lastTransitionId ?? 0);
      }
    };
  };
  const guardUdp = (udp: Udp | undefined) => {
    if (!udp || guarded.has(udp)) return;
    guarded.add(udp);
    const send = udp.send.bind(udp);
    udp.send = (packet) => {
      try {
        send(packet);
      } catch (error) {
        if (Reflect.get(Object(error), 'code') !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') onBroken(error);
      }
    };
  };
  connection.on('stateChange', () => {
    const networking = networkingOf(connection);
    if (!networking || guarded.has(networking)) return;
    guarded.add(networking);
    guardSocket(networking.state.ws);
    networking.on('stateChange', (_, { ws, udp }) => {
      guardSocket(ws);
      guardUdp(udp);
    });
  });
}

/** The library throws instead of recovering when the last transition had id 0, the usual state with one listener. */
function recoverIfHopeless(dave: DaveSession): void {
  if (dave.consecutiveFailures <= dave.failureTolerance || dave.lastTransitionId !== 0) return;
  dave.recoverFromInvalidTransition(0);
}

/** Hears the voice gateway's close codes; with `true` from the listener the library does not rejoin. */
export function onVoiceClose(connection: VoiceConnection, listener: (code: number) => boolean): void {
  const hidden = connection as unknown as Private;
  const handle = hidden.onNetworkingClose;
  hidden.onNetworkingClose = (code) => {
    if (!listener(code)) handle(code);
  };
}

/** Whether the connection waits for the reply to its IP discovery. */
export const awaitsDiscovery = (connection: VoiceConnection): boolean =>
  networkingOf(connection)?.state.code === CODE_UDP_HANDSHAKING;

/** Asks again for the own address: the library asks once and waits for ever. Its listener is still there. */
export function repeatDiscovery(connection: VoiceConnection): void {
  const state = networkingOf(connection)?.state;
  if (state?.code !== CODE_UDP_HANDSHAKING || !state.udp || !state.connectionData) return;
  const request = Buffer.alloc(74);
  request.writeUInt16BE(1, 0);
  request.writeUInt16BE(70, 2);
  request.writeUInt32BE(state.connectionData.ssrc, 4);
  state.udp.send(request);
}

/** Audio can leave and arrive as the channel demands: end-to-end encrypted, or the channel has no such encryption. */
export function encryptionReady(connection: VoiceConnection): boolean {
  const dave = daveOf(connection);
  return !dave || dave.protocolVersion === 0 || dave.session?.ready === true;
}

/** Somebody else is connected to the voice server: only then is there a group to wait for. */
export const othersConnected = (connection: VoiceConnection): boolean =>
  (networkingOf(connection)?.state.connectionData?.connectedClients?.size ?? 0) > 0;

/** Whether end-to-end encryption is in force. */
export function isEndToEndEncrypted(connection: VoiceConnection): boolean {
  const dave = daveOf(connection);
  return dave !== undefined && dave.protocolVersion > 0 && dave.session?.ready === true;
}

const networkingOf = (connection: VoiceConnection): Networking | undefined =>
  Reflect.get(connection.state, 'networking') as Networking | undefined;

const daveOf = (connection: VoiceConnection): DaveSession | undefined => networkingOf(connection)?.state.dave;
