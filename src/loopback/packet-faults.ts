/** Packets and announcements that a bot must get over: strangers, RTCP, wrong keys, mostly zeros, floods. */
import { randomBytes } from 'node:crypto';
import type { Core } from './core.ts';
import { snowflake } from './guild/snowflake.ts';
import { SILENCE_FRAME } from './opus.ts';
import type { Person } from './person/person.ts';
import { VOICE_OP } from './voice/participant.ts';
import { OPUS_PAYLOAD_TYPE, type RtpFrame, TransportKey } from './voice/rtp.ts';
import type { VoiceSession } from './voice/voice-session.ts';

/** RTCP's packet types (RFC 3550). */
const RTCP_TYPE = {
  senderReport: 200,
  receiverReport: 201,
  description: 202,
  goodbye: 203,
  feedback: 206,
} as const;

const RTCP_HEADER_BYTES = 8;
const RTCP_BODY_BYTES = 24;
const STRANGE_SSRC = 900_000;
const KEY_BYTES = 32;
const ZERO_PACKET_BYTES = 120;

export class PacketFaults {
  readonly #core: Core;
  #sequence = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Throws when the bot cannot receive yet. */
  #session(guildId?: string): { session: VoiceSession; key: TransportKey } {
    const session = this.#core.servers.sessionIn(guildId);
    if (!session?.key || !session.address) throw new Error('the bot has no UDP address');
    return { session, key: session.key };
  }

  #frame(ssrc: number, payload: Buffer): RtpFrame {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const timestamp = (this.#sequence * 960) >>> 0;
    const rest = { marker: false, payloadType: OPUS_PAYLOAD_TYPE, extension: null, padding: 0 };
    return { ssrc, sequence: this.#sequence, timestamp, ...rest, payload };
  }

  /** Sound of an SSRC that nobody ever announced. Returns the SSRC. */
  unknownSsrc(count: number, guildId?: string): number {
    const { session, key } = this.#session(guildId);
    for (let i = 0; i < count; i++) session.sendRaw(key.seal(this.#frame(STRANGE_SSRC, SILENCE_FRAME)));
    return STRANGE_SSRC;
  }

  /**
   * RTCP, sealed behind its first eight bytes as Discord does. With a `person` it is in clear and holds that SSRC
   * where an RTP packet has its own, the worst case for a client that does not look at the type.
   */
  rtcp(kind: keyof typeof RTCP_TYPE, options: { person?: Person; guildId?: string } = {}): void {
    const { session, key } = this.#session(options.guildId);
    const header = Buffer.alloc(RTCP_HEADER_BYTES);
    header[0] = 0x81;
    header[1] = RTCP_TYPE[kind];
    header.writeUInt16BE((RTCP_HEADER_BYTES + RTCP_BODY_BYTES) / 4 - 1, 2);
    header.writeUInt32BE(STRANGE_SSRC, 4);
    const body = randomBytes(RTCP_BODY_BYTES);
    const { person } = options;
    if (person) body.writeUInt32BE(person.ssrc ?? STRANGE_SSRC, 0);
    session.sendRaw(person ? Buffer.concat([header, body]) : key.sealBytes(header, body));
  }

  /** Packets of a person that are zeros behind the RTP header, as some of Discord's relays send them. */
  zeros(person: Person, count = 1): void {
    const { session, key } = this.#session();
    for (let i = 0; i < count; i++) {
      const packet = Buffer.alloc(ZERO_PACKET_BYTES);
      key.seal(this.#frame(person.ssrc ?? STRANGE_SSRC, SILENCE_FRAME)).copy(packet, 0, 0, 12);
      session.sendRaw(packet);
    }
  }

  /** Packets of a person under a key that the bot never had. */
  wrongKey(person: Person, count = 1): void {
    const { session, key } = this.#session();
    const other = new TransportKey(key.mode, randomBytes(KEY_BYTES));
    for (let i = 0; i < count; i++) {
      session.sendRaw(other.seal(this.#frame(person.ssrc ?? STRANGE_SSRC, SILENCE_FRAME)));
    }
  }

  /** Op 5 of so many users who are not in the channel, each with an SSRC of its own. */
  speakingFlood(count: number, guildId?: string): void {
    const { session } = this.#session(guildId);
    for (let i = 0; i < count; i++) {
      session.send(VOICE_OP.speaking, { user_id: snowflake(), ssrc: STRANGE_SSRC + 1 + i, speaking: 1 });
    }
  }

  /** Op 5 of one person over and over: on, off, on. */
  flutter(person: Person, times: number): void {
    for (let i = 0; i < times; i++) person.seat?.announce(i % 2 === 0 ? 1 : 0);
  }
}
