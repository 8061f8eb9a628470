/** The Opus codec, packet by packet, at 16 kHz mono: the library that prism-media finds, without its streams. */
import prism from 'prism-media';
import { FRAME_SAMPLES, SAMPLE_RATE } from './level.ts';

/** What both of prism's stream classes hold: one packet in, one out, at once. */
interface Codec {
  _encode(pcm: Buffer): Buffer;
  _decode(packet: Buffer): Buffer;
  destroy(): void;
}

/** Discord's silence frame: five of them end a stretch of talk; DAVE leaves them in clear. */
export const SILENCE_FRAME = Buffer.from([0xf8, 0xff, 0xfe]);

export const isSilenceFrame = (payload: Buffer): boolean => payload.equals(SILENCE_FRAME);

export interface OpusCodec {
  /** 320 samples to one packet. */
  encode(pcm: Int16Array): Buffer;
  /** One packet to PCM; throws on garbage. */
  decode(packet: Buffer): Int16Array;
  close(): void;
}

/** An encoder and a decoder for one stream. */
export function openOpus(): OpusCodec {
  const options = { rate: SAMPLE_RATE, channels: 1, frameSize: FRAME_SAMPLES };
  const encoder = new prism.opus.Encoder(options) as unknown as Codec;
  const decoder = new prism.opus.Decoder(options) as unknown as Codec;
  return {
    encode: (pcm) => Buffer.from(encoder._encode(Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength))),
    decode(packet) {
      const bytes = decoder._decode(packet);
      const pcm = new Int16Array(bytes.length >> 1);
      for (let i = 0; i < pcm.length; i++) pcm[i] = bytes.readInt16LE(2 * i);
      return pcm;
    },
    close() {
      encoder.destroy();
      decoder.destroy();
    },
  };
}
