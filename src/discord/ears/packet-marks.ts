/** What can be told of a packet from outside: by its RTP header, and by the mark behind a frame that is sealed. */

const KEEP_ALIVE_BYTES = 8;
const DISCOVERY_BYTES = 74;
const DISCOVERY_REPLY = 2;
const RTP_HEADER_BYTES = 12;
const RTP_VERSION = 2;
const OPUS_PAYLOAD_TYPE = 120;
/** Ends every frame that is end-to-end encrypted (DAVE protocol). One Opus packet in 65,536 ends so by chance. */
const SEALED_MARK = 0xfafa;
/** The shortest seal: 8 bytes of tag, 1 of nonce, 1 of length, the mark. */
const MIN_SEAL_BYTES = 12;

/** Whether a message keeps the way open, or tells the own address: nothing to hear, and no fault. */
export const isHousekeeping = (message: Buffer): boolean =>
  message.length === KEEP_ALIVE_BYTES ||
  (message.length === DISCOVERY_BYTES && message.readUInt16BE(0) === DISCOVERY_REPLY);

/** Why a message cannot be voice; null when it can. */
export function strangeness(message: Buffer): 'short' | 'otherVersion' | 'otherType' | null {
  if (message.length < RTP_HEADER_BYTES) return 'short';
  if (message.readUInt8(0) >> 6 !== RTP_VERSION) return 'otherVersion';
  return (message.readUInt8(1) & 0x7f) === OPUS_PAYLOAD_TYPE ? null : 'otherType';
}

/** Whether a frame is end-to-end encrypted. */
export const isSealed = (frame: Buffer | null): boolean =>
  frame !== null && frame.length >= MIN_SEAL_BYTES && frame.readUInt16BE(frame.length - 2) === SEALED_MARK;
