/**
 * All that reaches into private parts of @discordjs/voice, which is pinned to 0.19.2 for this reason: one bad packet
 * destroys a speaker's stream there, RTP numbers are hidden, a lost discovery reply is never asked for again, and close
 * codes are not told.
 */
import { type VoiceConnection, version } from '@discordjs/voice';
import type { Clock } from '../base/clock.ts';
import { ParleyError } from '../base/errors.ts';

const SUPPORTED = '0.19.2';

/** What is known of a packet besides its payload. */
export interface RtpInfo {
  sequence: number;
  timestamp: number;
  ssrc: number;
  arrivedMs: number;
}

/** Packets that were not handed on, by cause. */
export interface DroppedPackets {
  /** Too short to be RTP; the library itself dies of 9 to 11 bytes. */
  short: number;
  /** Forged, corrupt or with a wrong key: transport decryption failed. */
  forged: number;
  /** Arrived while the end-to-end encryption had no group yet: noise, if decoded. */
  beforeEncryption: number;
  /** End-to-end decryption failed. */
  undecryptable: number;
}

interface DaveSession {
  protocolVersion: number;
  lastTransitionId?: number;
  reinitializing: boolean;
  consecutiveFailures: number;
  failureTolerance: number;
  session?: { ready: boolean };
  recoverFromInvalidTransition(id: number): void;
}

interface Networking {
  state: {
    code: number;
    dave?: DaveSession;
    udp?: { send(buffer: Buffer): void };
    connectionData?: { ssrc: number; connectedClients?: Set<string> };
  };
}

interface Receiver {
  parsePacket(buffer: Buffer, ...rest: unknown[]): Buffer | null;
  onUdpMessage(message: Buffer): void;
}

interface Private {
  receiver: Receiver;
  onNetworkingClose(code: number): void;
}

const CODE_UDP_HANDSHAKING = 2;
const RTP_HEADER_BYTES = 12;
const rtpOf = new WeakMap<Uint8Array, RtpInfo>();

export function assertSupportedVoiceVersion(): void {
  if (version === SUPPORTED) return;
  throw new ParleyError(`@discordjs/voice ${version} is installed, but ${SUPPORTED} is needed`, {
    code: 'VOICE_VERSION',
    remedy: 'Run `npm ci`, which installs the pinned version.',
  });
}

/** RTP numbers and arrival of a packet that came out of a receive stream of a guarded connection. */
export const rtpInfo = (packet: Uint8Array): RtpInfo | undefined => rtpOf.get(packet);

/** Makes every packet survivable and dated. To be called once, before the connection has a network. */
export function guardReceiver(connection: VoiceConnection, clock: Clock, dropped: DroppedPackets): void {
  const receiver = (connection as unknown as Private).receiver;
  const parse = receiver.parsePacket.bind(receiver);
  const handle = receiver.onUdpMessage.bind(receiver);
  let arrivedMs = 0;
  receiver.onUdpMessage = (message) => {
    if (message.length <= 8) return; // Keep-alive replies.
    if (message.length < RTP_HEADER_BYTES) {
      dropped.short += 1;
      return;
    }
    arrivedMs = clock.now();
    handle(message);
  };
  receiver.parsePacket = (buffer, ...rest) => {
    const dave = daveOf(connection);
    if (dave && dave.protocolVersion > 0 && !dave.session?.ready) {
      dropped.beforeEncryption += 1;
      return null;
    }
    const failuresBefore = dave?.consecutiveFailures ?? 0;
    let packet: Buffer | null;
    try {
      packet = parse(buffer, ...rest);
    } catch {
      if (dave && dave.consecutiveFailures > failuresBefore) onUndecryptable(dave, dropped);
      else dropped.forged += 1;
      return null;
    }
    if (!packet) {
      dropped.undecryptable += 1;
      return null;
    }
    rtpOf.set(packet, {
      sequence: buffer.readUInt16BE(2),
      timestamp: buffer.readUInt32BE(4),
      ssrc: buffer.readUInt32BE(8),
      arrivedMs,
    });
    return packet;
  };
}

/** The library throws instead of recovering when the last transition had id 0, the usual state with one listener. */
function onUndecryptable(dave: DaveSession, dropped: DroppedPackets): void {
  dropped.undecryptable += 1;
  const hopeless = dave.consecutiveFailures > dave.failureTolerance;
  if (hopeless && dave.lastTransitionId === 0 && !dave.reinitializing) dave.recoverFromInvalidTransition(0);
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
