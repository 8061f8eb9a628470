/** WAV files with 16-bit PCM: what the demo records and tests read. */
import { pcmToBytes } from './pcm.ts';

export interface Wav {
  rate: number;
  channels: number;
  /** Interleaved samples. */
  pcm: Int16Array;
}

/** The bytes of a WAV file. `pcm` is interleaved when there is more than one channel. */
export function encodeWav({ rate, channels, pcm }: Wav): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + pcm.byteLength, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(pcm.byteLength, 40);
  return Buffer.concat([header, pcmToBytes(pcm)]);
}
