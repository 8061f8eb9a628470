/** A voice server: the voice gateway (version 8, over TLS) and the UDP port beside it. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Certificate } from '../certificate.ts';
import { closeSocket } from '../closing.ts';
import type { Knobs } from '../knobs.ts';
import type { EventLog } from '../log.ts';
import { seededRandom } from '../random.ts';
import type { Timers } from '../timers.ts';
import type { Call } from './call.ts';
import { damageBytes, NetworkModel } from './network-model.ts';
import type { EncryptionMode, RtpFrame } from './rtp.ts';
import { type DiscoveryAnswer, openUdpPort, type UdpPort } from './udp-port.ts';
import { VoiceConnection } from './voice-connection.ts';
import { type Address, type Ticket, VoiceSession } from './voice-session.ts';

export interface VoiceServerOptions {
  certificate: Certificate;
  knobs: Knobs;
  log: EventLog;
  timers: Timers;
  /** Of the networks' faults. */
  seed: number;
  heartbeatIntervalMs: number;
  resumeWindowMs: number;
  modes: readonly EncryptionMode[];
  nextSsrc(): number;
  /** The voice of a guild; null when there is no such guild. */
  voiceOf(guildId: string): GuildVoice | null;
  /** The sessions of all voice servers. */
  sessions: Set<VoiceSession>;
}

/** What a voice server asks of a guild. */
export interface GuildVoice {
  /** The newest ticket of a user, or null. */
  ticketOf(userId: string): Ticket | null;
  /** The call of a voice channel, or null. */
  call(channelId: string): Call | null;
}

const DISCONNECTED = 4014;
/** After this one alone a client resumes. */
const CRASHED = 4015;

export class VoiceServer {
  readonly options: VoiceServerOptions;
  readonly #https: Server;
  readonly #sockets: WebSocketServer;
  readonly #udp: UdpPort;
  readonly #toBot: NetworkModel<Buffer>;
  readonly #fromBot: NetworkModel<Buffer>;

  private constructor(options: VoiceServerOptions, https: Server, udp: UdpPort) {
    this.options = options;
    this.#https = https;
    this.#udp = udp;
    const { knobs, seed, timers, log } = options;
    const model = (direction: 'toBot' | 'fromBot', seedOfWay: number) =>
      new NetworkModel<Buffer>({
        ...{ faults: knobs[direction], random: seededRandom(seedOfWay), timers, damage: damageBytes },
        onDrop: (cause) => log.drop(cause, { direction }),
      });
    this.#toBot = model('toBot', seed);
    this.#fromBot = model('fromBot', seed + 1);
    this.#sockets = new WebSocketServer({ server: https });
    this.#sockets.on('connection', (socket, request) => new VoiceConnection(this, socket, request.url ?? ''));
  }

  /** Listens on free ports of 127.0.0.1. */
  static async listen(options: VoiceServerOptions): Promise<VoiceServer> {
    const { certPem, keyPem } = options.certificate;
    const https = createServer({ cert: certPem, key: keyPem });
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    const opened: { server: VoiceServer | null } = { server: null };
    const udp = await openUdpPort({
      onDiscovery: (ssrc) => opened.server?.discovered(ssrc) ?? 'nothing',
      onKeepAlive: () => options.log.add('udp.keepAlive'),
      onPacket: (packet, from) => opened.server?.receive(packet, from),
    });
    const server = new VoiceServer(options, https, udp);
    opened.server = server;
    return server;
  }

  get sessions(): Set<VoiceSession> {
    return this.options.sessions;
  }

  /** What VOICE_SERVER_UPDATE names. */
  get endpoint(): string {
    return `127.0.0.1:${(this.#https.address() as AddressInfo).port}`;
  }

  get udpPort(): number {
    return this.#udp.port;
  }

  /** Damages the next `count` packets to the bot. */
  corruptNext(count: number): void {
    this.#toBot.corruptNext(count);
  }

  admit(ticket: Ticket, socket: WebSocket): VoiceSession {
    for (const session of [...this.sessions]) {
      const same = session.userId === ticket.userId && session.ticket.guildId === ticket.guildId;
      if (same) this.end(session, DISCONNECTED, 'Connected from another place.');
    }
    const send = (packet: Buffer, to: Address) => {
      this.#toBot.carry(packet, (arriving) => this.#udp.send(arriving, to));
    };
    const session = new VoiceSession(ticket, this.options.nextSsrc(), socket, send);
    this.sessions.add(session);
    return session;
  }

  /** The call that a session belongs to; null when its guild or channel is gone. */
  callOf({ ticket }: VoiceSession): Call | null {
    return this.options.voiceOf(ticket.guildId)?.call(ticket.channelId) ?? null;
  }

  /** Ends a session for good; closes its connection with `code` when one is given. */
  end(session: VoiceSession, code?: number, reason = ''): void {
    if (!this.sessions.delete(session)) return;
    if (code !== undefined && session.socket) closeSocket(session.socket, code, reason);
    this.callOf(session)?.leave(session.userId, session);
  }

  /** Drops a client's connection, with a close code or (1006) without goodbye; a resumable session waits for op 7. */
  drop(session: VoiceSession, code: number, reason = ''): void {
    const { socket } = session;
    if (code >= 4000 && code !== CRASHED) {
      this.end(session, code, reason);
      return;
    }
    this.awaitResume(session);
    if (socket) closeSocket(socket, code, reason);
  }

  /** The client's connection is gone: its session ends unless it resumes in time. */
  awaitResume(session: VoiceSession): void {
    const { timers, resumeWindowMs } = this.options;
    session.detach(timers.after(resumeWindowMs, () => this.end(session)));
  }

  private discovered(ssrc: number): DiscoveryAnswer {
    const known = [...this.sessions].some((session) => session.ssrc === ssrc);
    const answer = known ? this.#discoveryAnswer() : 'nothing';
    this.options.log.add('udp.discovery', { ssrc, answered: answer === 'address' });
    return answer;
  }

  #discoveryAnswer(): DiscoveryAnswer {
    const { knobs } = this.options;
    if (knobs.dropDiscoveryReplies > 0) {
      knobs.dropDiscoveryReplies -= 1;
      return 'nothing';
    }
    if (knobs.garbleDiscoveryReplies <= 0) return 'address';
    knobs.garbleDiscoveryReplies -= 1;
    return 'noise';
  }

  private receive(packet: Buffer, from: Address): void {
    const session = [...this.sessions].find(
      ({ address }) => address?.port === from.port && address.address === from.address,
    );
    if (!session) {
      this.options.log.drop('unknownSource', { direction: 'fromBot', bytes: packet.length });
      return;
    }
    this.#fromBot.carry(packet, (arriving) => this.#open(session, arriving));
  }

  #open(session: VoiceSession, packet: Buffer): void {
    const { log } = this.options;
    const drop = (cause: string, reason: string) =>
      log.drop(cause, { direction: 'fromBot', userId: session.userId, bytes: packet.length, reason });
    if (!session.key) {
      drop('early', 'no protocol is selected yet');
      return;
    }
    let frame: RtpFrame;
    try {
      frame = session.key.open(packet);
    } catch (error) {
      drop('unreadable', String(error));
      return;
    }
    if (frame.ssrc !== session.ssrc) drop('wrongSsrc', `SSRC ${frame.ssrc} is not the sender's`);
    else if (!session.freshNonce(packet)) drop('nonceReused', 'the nonce has sealed another packet');
    else this.callOf(session)?.route(session, frame);
  }

  async close(): Promise<void> {
    this.#udp.close();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#https.closeAllConnections();
    await new Promise<void>((resolve) => this.#https.close(() => resolve()));
  }
}
