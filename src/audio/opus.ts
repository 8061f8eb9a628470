/**
 * The Opus codec, packet by packet: whichever library prism-media finds (@discordjs/opus, else opusscript).
 * prism's own streams are not used because one bad packet destroys them.
 */
import prism from 'prism-media';
import { bytesToPcm, frameSamplesAt, pcmToBytes } from './pcm.ts';

/** What a prism Opus stream holds; the two libraries differ in the second argument of both calls. */
interface PrismCodec {
  _encode(pcm: Buffer): Buffer;
  _decode(packet: Buffer): Buffer;
  destroy(): void;
  encoder: EncoderControl;
}

/** Either library's way to libopus' settings. */
interface EncoderControl {
  applyEncoderCTL?(request: number, value: number): void;
  encoderCTL?(request: number, value: number): void;
}

/** libopus' OPUS_RESET_STATE; it takes no value, and ignores the one that both libraries insist on. */
const RESET_STATE = 4028;

/**
 * A decoded packet holds its sound this much later than it went in: 2.5 ms look-ahead and 4 ms delay compensation
 * (libopus, OPUS_GET_LOOKAHEAD).
 */
export const OPUS_DELAY_MS = 6.5;

/** A silence frame: ends a stretch of talk, is sent unencrypted, and five of them close every answer. */
export const OPUS_SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);

export const isOpusSilence = (packet: Uint8Array): boolean =>
  packet.length === 3 && packet[0] === 0xf8 && packet[1] === 0xff && packet[2] === 0xfe;

export interface OpusEncoder {
  /** One 20 ms mono frame in (rate / 50 samples), one packet out, in memory of its own. */
  encode(pcm: Int16Array): Buffer;
  /**
   * Forgets what was encoded. To be called after silence frames: they make a decoder forget, and a packet that builds
   * upon what it forgot is all but inaudible, as are those of the next 80 ms.
   */
  reset(): void;
  close(): void;
}

export interface OpusDecoder {
  /** One packet in (mono or stereo, any Opus rate), mono PCM out at the decoder's rate. Throws on garbage. */
  decode(packet: Buffer): Int16Array;
  close(): void;
}

/** The name of the codec library in use: `@discordjs/opus` (native) or `opusscript` (WebAssembly). */
export function opusName(): string {
  new prism.opus.Decoder({ rate: 16_000, channels: 1, frameSize: 320 }).destroy();
  return (prism.opus.Encoder as unknown as { type: string }).type;
}

/** @param rate 8000, 12000, 16000, 24000 or 48000 Hz. */
export function createOpusEncoder(rate: number): OpusEncoder {
  const frameSize = frameSamplesAt(rate);
  const codec = new prism.opus.Encoder({ rate, channels: 1, frameSize }) as unknown as PrismCodec;
  return {
    encode: (pcm) => Buffer.from(codec._encode(pcmToBytes(pcm))),
    reset: () => {
      const { encoder } = codec;
      if (encoder.applyEncoderCTL) encoder.applyEncoderCTL(RESET_STATE, 0);
      else encoder.encoderCTL?.(RESET_STATE, 0);
    },
    close: () => codec.destroy(),
  };
}

/** @param rate of the PCM that comes out; Opus decodes straight to any of its rates, no resampler needed. */
export function createOpusDecoder(rate: number): OpusDecoder {
  const frameSize = frameSamplesAt(rate);
  const codec = new prism.opus.Decoder({ rate, channels: 1, frameSize }) as unknown as PrismCodec;
  return {
    decode: (packet) => bytesToPcm(Buffer.from(codec._decode(packet))),
    close: () => codec.destroy(),
  };
}
