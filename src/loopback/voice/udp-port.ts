/** The voice server's UDP port: IP discovery, keep-alives, and the bot's packets by source address. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import type { AddressInfo } from 'node:net';

const DISCOVERY_BYTES = 74;
const DISCOVERY_LENGTH = 70;
const DISCOVERY_REQUEST = 1;
const DISCOVERY_RESPONSE = 2;
const ADDRESS_AT = 8;
const PORT_AT = 72;
const KEEP_ALIVE_BYTES = 8;
const NOISE = 0xa5;

export type DiscoveryAnswer = 'address' | 'noise' | 'nothing';

export interface UdpHandlers {
  /** A discovery request for this SSRC: what to answer it with. */
  onDiscovery(ssrc: number): DiscoveryAnswer;
  onKeepAlive(): void;
  onPacket(packet: Buffer, from: { address: string; port: number }): void;
}

export interface UdpPort {
  port: number;
  send(packet: Buffer, to: { address: string; port: number }): void;
  close(): void;
}

function discoveryReply(ssrc: number, from: RemoteInfo): Buffer {
  const reply = Buffer.alloc(DISCOVERY_BYTES);
  reply.writeUInt16BE(DISCOVERY_RESPONSE, 0);
  reply.writeUInt16BE(DISCOVERY_LENGTH, 2);
  reply.writeUInt32BE(ssrc, 4);
  reply.write(from.address, ADDRESS_AT, 'ascii');
  reply.writeUInt16BE(from.port, PORT_AT);
  return reply;
}

/** Opens a UDP socket on a free port of 127.0.0.1. */
export async function openUdpPort(handlers: UdpHandlers): Promise<UdpPort> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const discovery = message.length === DISCOVERY_BYTES && message.readUInt16BE(0) === DISCOVERY_REQUEST;
    if (discovery && message.readUInt16BE(2) === DISCOVERY_LENGTH) {
      const ssrc = message.readUInt32BE(4);
      const answer = handlers.onDiscovery(ssrc);
      if (answer === 'nothing') return;
      const reply = discoveryReply(ssrc, from);
      if (answer === 'noise') reply.fill(NOISE, ADDRESS_AT);
      socket.send(reply, from.port, from.address);
    } else if (message.length === KEEP_ALIVE_BYTES) {
      handlers.onKeepAlive();
    } else {
      handlers.onPacket(message, from);
    }
  });
  // Sending to a client that has just gone is no fault of the server.
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  let open = true;
  return {
    port: (socket.address() as AddressInfo).port,
    send(packet, to) {
      if (open) socket.send(packet, to.port, to.address, () => undefined);
    },
    close() {
      open = false;
      socket.close();
    },
  };
}
