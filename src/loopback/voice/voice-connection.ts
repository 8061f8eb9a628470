/** One connection to the voice gateway: checks every message as Discord would, and closes with Discord's codes. */
import type { RawData, WebSocket } from 'ws';
import { VOICE_OP } from './participant.ts';
import { ENCRYPTION_MODES, type EncryptionMode } from './rtp.ts';
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
  unknownProtocol: 4012,
  disconnected: 4014,
  crashed: 4015,
  unknownMode: 4016,
  daveRequired: 4017,
  badRequest: 4020,
} as const;

const VERSION = 8;
/** A client that missed this many heartbeat intervals is gone. */
const MISSED_INTERVALS = 3;

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** A client that says goodbye with one of these does not come back with op 7. */
const GOODBYE = [1000, 1001];

export class VoiceConnection {
  readonly #server: VoiceServer;
  readonly #socket: WebSocket;
  #session: VoiceSession | null = null;
  #cancelTimeout: () => void = () => undefined;

  constructor(server: VoiceServer, socket: WebSocket, url: string) {
    this.#server = server;
    this.#socket = socket;
    const { log, heartbeatIntervalMs } = server.options;
    socket.on('message', (data, binary) => this.#onMessage(data, binary));
    socket.on('close', (code) => this.#onClose(code));
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
    this.#server.options.log.add('voice.refused', { code, reason });
    this.#socket.close(code, reason);
  }

  #awaitHeartbeat(): void {
    const { timers, heartbeatIntervalMs } = this.#server.options;
    this.#cancelTimeout();
    this.#cancelTimeout = timers.after(heartbeatIntervalMs * MISSED_INTERVALS, () =>
      this.#refuse(VOICE_CLOSE.sessionTimeout, 'no heartbeat'),
    );
  }

  #onMessage(data: RawData, binary: boolean): void {
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
    else if (op === VOICE_OP.daveTransitionReady) {
      this.#call()?.delivery?.transitionReady(this.#session.userId, Number(d.transition_id));
    } else if (op === VOICE_OP.daveInvalidCommitWelcome) {
      this.#call()?.delivery?.invalid(this.#session.userId, Number(d.transition_id));
    } else this.#refuse(VOICE_CLOSE.unknownOpcode, `op ${op}`);
  }

  #call() {
    return this.#session ? this.#server.options.callOf(this.#session.ticket.channelId) : null;
  }

  #identify(d: Fields): void {
    const { knobs, log, guildId, ticketOf, callOf, modes } = this.#server.options;
    if (this.#session) {
      this.#refuse(VOICE_CLOSE.alreadyAuthenticated, 'identified twice');
      return;
    }
    log.add('voice.identify', { daveVersion: d.max_dave_protocol_version });
    if (typeof knobs.refuseVoice === 'number') {
      this.#refuse(knobs.refuseVoice, 'refused by a knob');
      return;
    }
    const ticket = ticketOf(String(d.user_id));
    if (!ticket || d.server_id !== guildId || d.token !== ticket.token) {
      this.#refuse(VOICE_CLOSE.authenticationFailed, 'wrong server, user or token');
      return;
    }
    const call = callOf(ticket.channelId);
    if (!call || d.session_id !== ticket.sessionId) {
      this.#refuse(VOICE_CLOSE.sessionInvalid, 'not the session of the voice state');
      return;
    }
    if (call.daveVersion > Number(d.max_dave_protocol_version ?? 0)) {
      this.#refuse(VOICE_CLOSE.daveRequired, 'the call is end-to-end encrypted');
      return;
    }
    this.#session = this.#server.admit(ticket, this.#socket);
    const port = this.#server.udpPort;
    this.#session.send(VOICE_OP.ready, { ssrc: this.#session.ssrc, ip: '127.0.0.1', port, modes });
  }

  #resume(d: Fields): void {
    const { knobs, log, guildId } = this.#server.options;
    const session = [...this.#server.sessions].find(
      ({ ticket, socket }) =>
        socket === null && ticket.sessionId === d.session_id && ticket.token === d.token,
    );
    if (knobs.refuseVoiceResume !== null || !session || d.server_id !== guildId) {
      this.#refuse(knobs.refuseVoiceResume ?? VOICE_CLOSE.sessionInvalid, 'nothing to resume');
      return;
    }
    this.#session = session;
    const repeated = session.resume(this.#socket, Number(d.seq_ack ?? -1));
    log.add('voice.resume', { seqAck: d.seq_ack, repeated });
  }

  #heartbeat(d: Fields): void {
    const { knobs, log } = this.#server.options;
    this.#awaitHeartbeat();
    log.add('voice.heartbeat', { seqAck: d.seq_ack });
    if (!knobs.ignoreVoiceHeartbeats) this.#sendPlain(VOICE_OP.heartbeatAck, { t: d.t });
  }

  #selectProtocol(session: VoiceSession, d: Fields): void {
    const data = isFields(d.data) ? d.data : {};
    const mode = ENCRYPTION_MODES.find((known) => known === data.mode);
    if (d.protocol !== 'udp') {
      this.#refuse(VOICE_CLOSE.unknownProtocol, 'only udp is spoken');
      return;
    }
    if (!mode || !this.#server.options.modes.includes(mode)) {
      this.#refuse(VOICE_CLOSE.unknownMode, 'the mode was not offered');
      return;
    }
    const address = { address: String(data.address), port: Number(data.port) };
    this.#describeSession(session, mode, address);
  }

  #describeSession(session: VoiceSession, mode: EncryptionMode, address: { address: string; port: number }) {
    const call = this.#call();
    if (!call) return;
    const key = session.select(mode, address);
    session.send(VOICE_OP.sessionDescription, {
      mode,
      secret_key: [...key],
      dave_protocol_version: call.daveVersion,
      audio_codec: 'opus',
      media_session_id: session.ticket.sessionId,
    });
    this.#server.options.log.add('voice.ready', { channelId: call.channelId, ssrc: session.ssrc, mode });
    call.join(session);
  }

  #speaking(session: VoiceSession, d: Fields): void {
    if (typeof d.speaking !== 'number' || d.ssrc !== session.ssrc) {
      this.#refuse(VOICE_CLOSE.badRequest, 'op 5 without its SSRC');
      return;
    }
    this.#call()?.speaking(session, d.speaking);
  }

  #onBinary(bytes: Buffer): void {
    const session = this.#session;
    const delivery = this.#call()?.delivery;
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

  #onClose(code: number): void {
    this.#cancelTimeout();
    this.#server.options.log.add('voice.close', { code });
    const session = this.#session;
    if (!session || session.socket !== this.#socket) return;
    session.detach();
    if (GOODBYE.includes(code)) this.#server.end(session);
    else this.#server.awaitResume(session);
  }
}
