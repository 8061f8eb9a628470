/** RTP packets in Discord's `rtpsize` encryption: the header in clear, extension body and payload sealed. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';

export const ENCRYPTION_MODES = ['aead_aes256_gcm_rtpsize', 'aead_xchacha20_poly1305_rtpsize'] as const;
export type EncryptionMode = (typeof ENCRYPTION_MODES)[number];

export const OPUS_PAYLOAD_TYPE = 120;
const HEADER_BYTES = 12;
const TAG_BYTES = 16;
const NONCE_BYTES = 4;
const BEDE = 0xbede;

/** One packet of one speaker, free of transport encryption; the payload may still be sealed by DAVE. */
export interface RtpFrame {
  ssrc: number;
  sequence: number;
  /** 48 kHz units. */
  timestamp: number;
  marker: boolean;
  payloadType: number;
  /** The body of the one-byte header extension, a multiple of 4 bytes; null without the X bit. */
  extension: Buffer | null;
  /** Bytes of RTP padding after the payload, 0 without the P bit. */
  padding: number;
  /** Contributing sources, up to 15; Discord's clients send none. */
  csrcs?: readonly number[];
  payload: Buffer;
}

/** The header with its contributing sources and, for the X bit, four clear extension bytes: what the seal authenticates. */
function header(frame: RtpFrame): Buffer {
  const { csrcs = [] } = frame;
  const extensionAt = HEADER_BYTES + 4 * csrcs.length;
  const bytes = Buffer.alloc(extensionAt + (frame.extension ? 4 : 0));
  bytes[0] = 0x80 | (frame.extension ? 0x10 : 0) | (frame.padding > 0 ? 0x20 : 0) | csrcs.length;
  bytes[1] = (frame.marker ? 0x80 : 0) | frame.payloadType;
  bytes.writeUInt16BE(frame.sequence, 2);
  bytes.writeUInt32BE(frame.timestamp, 4);
  bytes.writeUInt32BE(frame.ssrc, 8);
  for (const [i, csrc] of csrcs.entries()) bytes.writeUInt32BE(csrc, HEADER_BYTES + 4 * i);
  if (frame.extension) {
    bytes.writeUInt16BE(BEDE, extensionAt);
    bytes.writeUInt16BE(frame.extension.length / 4, extensionAt + 2);
  }
  return bytes;
}

function paddingBytes(count: number): Buffer {
  const bytes = Buffer.alloc(count);
  if (count > 0) bytes[count - 1] = count;
  return bytes;
}

/** One client's transport key; every packet sealed with it gets the next counter as its nonce. */
export class TransportKey {
  readonly mode: EncryptionMode;
  readonly key: Buffer;
  #counter = 0;

  constructor(mode: EncryptionMode, key: Buffer) {
    this.mode = mode;
    this.key = key;
  }

  seal(frame: RtpFrame): Buffer {
    const secret = [frame.extension ?? Buffer.alloc(0), frame.payload, paddingBytes(frame.padding)];
    return this.sealBytes(header(frame), Buffer.concat(secret));
  }

  /** Any clear header and secret body in one packet: RTCP is sealed so, behind its first eight bytes. */
  sealBytes(clear: Buffer, secret: Buffer): Buffer {
    this.#counter = (this.#counter + 1) >>> 0;
    const nonce = this.#nonce(this.#counter);
    const suffix = nonce.subarray(0, NONCE_BYTES);
    if (this.mode === 'aead_xchacha20_poly1305_rtpsize') {
      return Buffer.concat([clear, xchacha20poly1305(this.key, nonce, clear).encrypt(secret), suffix]);
    }
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    cipher.setAAD(clear);
    return Buffer.concat([clear, cipher.update(secret), cipher.final(), cipher.getAuthTag(), suffix]);
  }

  /** Throws when the packet is too short, not RTP, or not sealed with this key. */
  open(packet: Buffer): RtpFrame {
    const first = packet[0] ?? 0;
    const extended = (first & 0x10) !== 0;
    const clearBytes = HEADER_BYTES + 4 * (first & 0x0f) + (extended ? 4 : 0);
    if (first >> 6 !== 2 || packet.length < clearBytes + TAG_BYTES + NONCE_BYTES) {
      throw new Error(`not an encrypted RTP packet (${packet.length} bytes)`);
    }
    const body = this.#unseal(packet, clearBytes);
    const csrcs = Array.from({ length: first & 0x0f }, (_, i) => packet.readUInt32BE(HEADER_BYTES + 4 * i));
    const extensionBytes = extended ? packet.readUInt16BE(clearBytes - 2) * 4 : 0;
    const padding = first & 0x20 ? (body.at(-1) ?? 0) : 0;
    if (extensionBytes + padding > body.length) throw new Error('padding and extension exceed the packet');
    return {
      ssrc: packet.readUInt32BE(8),
      sequence: packet.readUInt16BE(2),
      timestamp: packet.readUInt32BE(4),
      marker: ((packet[1] ?? 0) & 0x80) !== 0,
      payloadType: (packet[1] ?? 0) & 0x7f,
      extension: extended ? body.subarray(0, extensionBytes) : null,
      padding,
      ...(csrcs.length > 0 ? { csrcs } : {}),
      payload: body.subarray(extensionBytes, body.length - padding),
    };
  }

  #unseal(packet: Buffer, clearBytes: number): Buffer {
    const clear = packet.subarray(0, clearBytes);
    const nonceAt = packet.length - NONCE_BYTES;
    const nonce = this.#nonce(packet.readUInt32BE(nonceAt));
    const sealed = packet.subarray(clearBytes, nonceAt);
    if (this.mode === 'aead_xchacha20_poly1305_rtpsize') {
      return Buffer.from(xchacha20poly1305(this.key, nonce, clear).decrypt(sealed));
    }
    const decipher = createDecipheriv('aes-256-gcm', this.key, nonce);
    decipher.setAAD(clear);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]);
  }

  #nonce(counter: number): Buffer {
    const nonce = Buffer.alloc(this.mode === 'aead_aes256_gcm_rtpsize' ? 12 : 24);
    nonce.writeUInt32BE(counter, 0);
    return nonce;
  }
}
