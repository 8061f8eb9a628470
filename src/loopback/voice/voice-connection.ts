/** One connection to the voice gateway: checks every message as Discord would, and closes with Discord's codes. */
import { isIPv4 } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { closeSocket, closingOf } from '../closing.ts';
import type { Call } from './call.ts';
import { VOICE_OP } from './participant.ts';
import { ENCRYPTION_MODES } from './rtp.ts';
import type { VoiceServer } from './voice-server.ts';
import type { VoiceSession } from './voice-session.ts';

const VOICE_CLOSE = {
  unknownOpcode: 4001,
  decodeError: 4002,
  notAuthenticated: 4003,
  authenticationFailed: 4004,
  alreadyAuthenticated: 4005,
  sessionInvalid: 4006,
  sessionTimeout: 4009,
  serverNotFound: 4011,
  unknownProtocol: 4012,
  unknownMode: 4016,
  daveRequired: 4017,
  badRequest: 4020,
} as const;

const VERSION = 8;
/** A client that missed this many heartbeat intervals is gone. */
const MISSED_INTERVALS = 3;
/** A client that says goodbye with one of these does not come back with op 7. */
const GOODBYE = [1000, 1001];
/** What an identify and a resume must hold. */
const CREDENTIALS = ['server_id', 'session_id', 'token'] as const;

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const hasTexts = (d: Fields, names: readonly string[]): boolean =>
  names.every((name) => typeof d[name] === 'string');

export class VoiceConnection {
  readonly #server: VoiceServer;
  readonly #socket: WebSocket;
  #session: VoiceSession | null = null;
  #refused = false;
  #cancelTimeout: () => void = () => undefined;

  constructor(server: VoiceServer, socket: WebSocket, url: string) {
    this.#server = server;
    this.#socket = socket;
    const { log, heartbeatIntervalMs } = server.options;
    socket.on('message', (data, binary) => this.#onMessage(data, binary));
    socket.on('close', (code, reason) => this.#onClose(code, reason));
    socket.on('error', (error) => log.add('voice.socketError', { reason: String(error) }));
    if (new URL(url, 'wss://localhost').searchParams.get('v') !== String(VERSION)) {
      this.#refuse(VOICE_CLOSE.badRequest, 'only version 8 is spoken');
      return;
    }
    this.#sendPlain(VOICE_OP.hello, { v: VERSION, heartbeat_interval: heartbeatIntervalMs });
    this.#awaitHeartbeat();
  }

  #sendPlain(op: number, d: unknown): void {
    this.#socket.send(JSON.stringify({ op, d }));
  }

  #refuse(code: number, reason: string): void {
    this.#refused = true;
    this.#server.options.log.add('voice.refused', { code, reason });
    closeSocket(this.#socket, code, reason);
    // Whoever is closed with such a code has no session to resume.
    if (this.#session?.socket === this.#socket) this.#server.end(this.#session);
  }

  #awaitHeartbeat(): void {
    const { timers, heartbeatIntervalMs } = this.#server.options;
    this.#cancelTimeout();
    this.#cancelTimeout = timers.afterSilence(heartbeatIntervalMs * MISSED_INTERVALS, () =>
      this.#refuse(VOICE_CLOSE.sessionTimeout, 'no heartbeat'),
    );
  }

  #onMessage(data: RawData, binary: boolean): void {
    if (this.#refused) return;
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (binary) {
      this.#onBinary(bytes);
      return;
    }
    let message: unknown;
    try {
      message = JSON.parse(bytes.toString());
    } catch {
      this.#refuse(VOICE_CLOSE.decodeError, 'not JSON');
      return;
    }
    if (!isFields(message) || typeof message.op !== 'number') {
      this.#refuse(VOICE_CLOSE.decodeError, 'no op');
      return;
    }
    this.#onOp(message.op, isFields(message.d) ? message.d : {});
  }

  #onOp(op: number, d: Fields): void {
    if (op === VOICE_OP.identify) this.#identify(d);
    else if (op === VOICE_OP.resume) this.#resume(d);
    else if (op === VOICE_OP.heartbeat) this.#heartbeat(d);
    else if (!this.#session) this.#refuse(VOICE_CLOSE.notAuthenticated, `op ${op} before identify`);
    else if (op === VOICE_OP.selectProtocol) this.#selectProtocol(this.#session, d);
    else if (op === VOICE_OP.speaking) this.#speaking(this.#session, d);
    else if (op === VOICE_OP.daveTransitionReady || op === VOICE_OP.daveInvalidCommitWelcome) {
      this.#daveAnswer(this.#session, op, d.transition_id);
    } else this.#refuse(VOICE_CLOSE.unknownOpcode, `op ${op}`);
  }

  get #call(): Call | null {
    return this.#session ? this.#server.callOf(this.#session) : null;
  }

  #identify(d: Fields): void {
    const { knobs, log, voiceOf, modes } = this.#server.options;
    if (this.#session) {
      this.#refuse(VOICE_CLOSE.alreadyAuthenticated, 'identified twice');
      return;
    }
    log.add('voice.identify', { guildId: d.server_id, daveVersion: d.max_dave_protocol_version });
    const refuses = knobs.refuseVoiceIn === null || knobs.refuseVoiceIn === d.server_id;
    if (typeof knobs.refuseVoice === 'number' && refuses) {
      this.#refuse(knobs.refuseVoice, 'refused by a knob');
      return;
    }
    if (!hasTexts(d, [...CREDENTIALS, 'user_id'])) {
      this.#refuse(VOICE_CLOSE.decodeError, 'identify without its fields');
      return;
    }
    const voice = voiceOf(String(d.server_id));
    const ticket = voice?.ticketOf(String(d.user_id));
    const call = ticket ? voice?.call(ticket.channelId) : null;
    if (!voice) this.#refuse(VOICE_CLOSE.serverNotFound, 'no such server');
    else if (!ticket || d.token !== ticket.token) {
      this.#refuse(VOICE_CLOSE.authenticationFailed, 'wrong user or token');
    } else if (!call || d.session_id !== ticket.sessionId) {
      this.#refuse(VOICE_CLOSE.sessionInvalid, 'not the session of the voice state');
    } else if (call.requiredDaveVersion > Number(d.max_dave_protocol_version ?? 0)) {
      this.#refuse(VOICE_CLOSE.daveRequired, 'the call is end-to-end encrypted');
    } else {
      this.#session = this.#server.admit(ticket, this.#socket);
      const port = this.#server.udpPort;
      this.#session.send(VOICE_OP.ready, { ssrc: this.#session.ssrc, ip: '127.0.0.1', port, modes });
    }
  }

  #resume(d: Fields): void {
    const { knobs, log } = this.#server.options;
    if (this.#session) {
      this.#refuse(VOICE_CLOSE.alreadyAuthenticated, 'resumed twice');
      return;
    }
    if (!hasTexts(d, CREDENTIALS)) {
      this.#refuse(VOICE_CLOSE.decodeError, 'resume without its fields');
      return;
    }
    const seen = Number(d.seq_ack ?? -1);
    const session = [...this.#server.sessions].find(
      ({ ticket, socket }) =>
        socket === null &&
        ticket.sessionId === d.session_id &&
        ticket.token === d.token &&
        ticket.guildId === d.server_id,
    );
    if (knobs.refuseVoiceResume !== null || !session?.canReplay(seen)) {
      this.#refuse(knobs.refuseVoiceResume ?? VOICE_CLOSE.sessionInvalid, 'nothing to resume');
      return;
    }
    this.#session = session;
    const repeated = session.resume(this.#socket, seen);
    log.add('voice.resume', { guildId: session.ticket.guildId, seqAck: d.seq_ack, repeated });
  }

  #heartbeat(d: Fields): void {
    const { knobs, log } = this.#server.options;
    const { t, seq_ack: seqAck } = d;
    if (typeof t !== 'number' || (seqAck !== undefined && !Number.isInteger(seqAck))) {
      this.#refuse(VOICE_CLOSE.badRequest, 'a heartbeat without its fields');
      return;
    }
    this.#awaitHeartbeat();
    log.add('voice.heartbeat', { seqAck });
    if (!knobs.ignoreVoiceHeartbeats) this.#sendPlain(VOICE_OP.heartbeatAck, { t });
  }

  #selectProtocol(session: VoiceSession, d: Fields): void {
    const { address, port, mode: wanted } = isFields(d.data) ? d.data : {};
    const mode = ENCRYPTION_MODES.find((known) => known === wanted);
    if (d.protocol !== 'udp') this.#refuse(VOICE_CLOSE.unknownProtocol, 'only udp is spoken');
    else if (!mode || !this.#server.options.modes.includes(mode)) {
      this.#refuse(VOICE_CLOSE.unknownMode, 'the mode was not offered');
    } else if (typeof address !== 'string' || !isIPv4(address) || !Number.isInteger(port)) {
      this.#refuse(VOICE_CLOSE.badRequest, 'op 1 without an address');
    } else this.#describeSession(session, session.select(mode, { address, port: Number(port) }));
  }

  #describeSession(session: VoiceSession, key: Buffer): void {
    const call = this.#call;
    if (!call || !session.key) return;
    const { mode } = session.key;
    const { guildId, sessionId } = session.ticket;
    session.send(VOICE_OP.sessionDescription, {
      mode,
      secret_key: [...key],
      dave_protocol_version: call.daveVersion,
      audio_codec: 'opus',
      media_session_id: sessionId,
    });
    const { channelId } = call;
    this.#server.options.log.add('voice.ready', { guildId, channelId, ssrc: session.ssrc, mode });
    call.join(session);
  }

  #speaking(session: VoiceSession, d: Fields): void {
    if (typeof d.speaking !== 'number' || d.ssrc !== session.ssrc) {
      this.#refuse(VOICE_CLOSE.badRequest, 'op 5 without its SSRC');
      return;
    }
    this.#call?.speaking(session, d.speaking);
  }

  #daveAnswer({ userId }: VoiceSession, op: number, id: unknown): void {
    const delivery = this.#call?.delivery;
    if (typeof id !== 'number') this.#refuse(VOICE_CLOSE.badRequest, `op ${op} without a transition`);
    else if (op === VOICE_OP.daveTransitionReady) delivery?.transitionReady(userId, id);
    else delivery?.invalid(userId, id);
  }

  #onBinary(bytes: Buffer): void {
    const session = this.#session;
    const delivery = this.#call?.delivery;
    if (!session || !delivery || bytes.length === 0) {
      this.#refuse(VOICE_CLOSE.badRequest, 'a binary message out of place');
      return;
    }
    const op = bytes.readUInt8(0);
    try {
      if (op === VOICE_OP.daveKeyPackage) delivery.keyPackage(session.userId, bytes.subarray(1));
      else if (op === VOICE_OP.daveCommitWelcome) delivery.commitWelcome(session.userId, bytes.subarray(1));
      else this.#refuse(VOICE_CLOSE.unknownOpcode, `binary op ${op}`);
    } catch (error) {
      this.#refuse(VOICE_CLOSE.badRequest, `op ${op}: ${String(error)}`);
    }
  }

  #onClose(code: number, reason: Buffer): void {
    this.#cancelTimeout();
    const closing = closingOf(this.#socket, code, reason);
    const session = this.#session;
    const { guildId = null, channelId = null } = session?.ticket ?? {};
    this.#server.options.log.add('voice.close', { ...closing, guildId, channelId });
    if (session?.socket !== this.#socket) return;
    if (closing.by === 'client' && GOODBYE.includes(code)) this.#server.end(session);
    else this.#server.awaitResume(session);
  }
}
