/** The bot in a call: one identified client of the voice gateway, with its buffered messages, transport key and UDP address. */
import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { type Participant, VOICE_OP } from './participant.ts';
import { type EncryptionMode, type RtpFrame, TransportKey } from './rtp.ts';

/** What VOICE_SERVER_UPDATE and VOICE_STATE_UPDATE let a client in with. */
export interface Ticket {
  token: string;
  sessionId: string;
  userId: string;
  channelId: string;
  guildId: string;
}

export interface Address {
  address: string;
  port: number;
}

/** Messages kept for a client that resumes. */
const BUFFERED_MESSAGES = 500;
const KEY_BYTES = 32;
const NONCE_BYTES = 4;
const TAG_BYTES = 16;
const NONCES_KEPT = 2000;

export class VoiceSession implements Participant {
  readonly ticket: Ticket;
  readonly ssrc: number;
  /** Carries one sealed packet to the client's UDP address. */
  readonly #sendUdp: (packet: Buffer, to: Address) => void;
  readonly #buffered: { sequence: number; data: string | Buffer }[] = [];
  /** The client's last nonces, each with the tag of the packet that it sealed. */
  readonly #nonces = new Map<number, string>();
  #sequence = 0;
  #socket: WebSocket | null;
  #key: TransportKey | null = null;
  #address: Address | null = null;
  #cancelExpiry: () => void = () => undefined;

  constructor(
    ticket: Ticket,
    ssrc: number,
    socket: WebSocket,
    sendUdp: (packet: Buffer, to: Address) => void,
  ) {
    this.ticket = ticket;
    this.ssrc = ssrc;
    this.#socket = socket;
    this.#sendUdp = sendUdp;
  }

  get userId(): string {
    return this.ticket.userId;
  }

  /** The client's gateway socket; null while it may still resume. */
  get socket(): WebSocket | null {
    return this.#socket;
  }

  /** Where the client's packets come from and go to; null before it selected its protocol. */
  get address(): Address | null {
    return this.#address;
  }

  get key(): TransportKey | null {
    return this.#key;
  }

  /** Op 1: fixes address and key. */
  select(mode: EncryptionMode, address: Address): Buffer {
    this.#key = new TransportKey(mode, randomBytes(KEY_BYTES));
    this.#nonces.clear();
    this.#address = address;
    return this.#key.key;
  }

  send(op: number, d: unknown): void {
    this.#sequence += 1;
    this.#push(JSON.stringify({ op, seq: this.#sequence, d }));
  }

  sendBinary(op: number, payload: Buffer): void {
    this.#sequence += 1;
    const head = Buffer.alloc(3);
    head.writeUInt16BE(this.#sequence & 0xffff, 0);
    head.writeUInt8(op, 2);
    this.#push(Buffer.concat([head, payload]));
  }

  #push(data: string | Buffer): void {
    this.#buffered.push({ sequence: this.#sequence, data });
    if (this.#buffered.length > BUFFERED_MESSAGES) this.#buffered.shift();
    this.#socket?.send(data);
  }

  /** Whether the packet's nonce has sealed no other packet: the same packet may come twice. */
  freshNonce(packet: Buffer): boolean {
    const nonce = packet.readUInt32BE(packet.length - NONCE_BYTES);
    const tag = packet.toString('hex', packet.length - NONCE_BYTES - TAG_BYTES, packet.length - NONCE_BYTES);
    const known = this.#nonces.get(nonce);
    if (known !== undefined) return known === tag;
    this.#nonces.set(nonce, tag);
    const oldest = this.#nonces.size > NONCES_KEPT ? this.#nonces.keys().next().value : undefined;
    if (oldest !== undefined) this.#nonces.delete(oldest);
    return true;
  }

  deliver(frame: RtpFrame): void {
    if (this.#key && this.#address) this.sendRaw(this.#key.seal(frame));
  }

  /** Any bytes to the client's UDP port, as they are. */
  sendRaw(packet: Buffer): void {
    if (this.#address) this.#sendUdp(packet, this.#address);
  }

  /** The connection is gone, the session may be resumed; `cancelExpiry` is called when it is. */
  detach(cancelExpiry: () => void): void {
    this.#socket = null;
    this.#cancelExpiry();
    this.#cancelExpiry = cancelExpiry;
  }

  /** Whether all that the client has not seen is still there. */
  canReplay(acknowledged: number): boolean {
    const oldest = this.#buffered[0]?.sequence ?? 1;
    return Math.max(0, acknowledged) >= oldest - 1 && acknowledged <= this.#sequence;
  }

  /** Op 7 on a new connection: acknowledges, then repeats what the client has not seen. Returns how many. */
  resume(socket: WebSocket, acknowledged: number): number {
    this.#cancelExpiry();
    this.#socket = socket;
    socket.send(JSON.stringify({ op: VOICE_OP.resumed, d: null }));
    const missed = this.#buffered.filter(({ sequence }) => sequence > acknowledged);
    for (const { data } of missed) socket.send(data);
    return missed.length;
  }
}
