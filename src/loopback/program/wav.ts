/** WAV files for the loopback's own program: reads 16-bit PCM of any rate as 16 kHz mono, and writes it. */
import { SAMPLE_RATE } from '../level.ts';

const PCM_FORMAT = 1;
const HEADER_BYTES = 44;

interface Sound {
  rate: number;
  channels: number;
  data: Buffer;
}

function chunks(bytes: Buffer): Sound {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('this is no WAV file');
  }
  let format: { rate: number; channels: number } | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (id === 'fmt ') {
      if (body.readUInt16LE(0) !== PCM_FORMAT || body.readUInt16LE(14) !== 16) {
        throw new Error('only WAV files with 16-bit PCM can be read');
      }
      format = { channels: body.readUInt16LE(2), rate: body.readUInt32LE(4) };
    } else if (id === 'data' && format) return { ...format, data: body };
    at += 8 + size + (size % 2);
  }
  throw new Error('this WAV file has no sound in it');
}

/** 16 kHz mono PCM. Other rates are averaged or repeated, which is good enough for speech. Throws when it is no such file. */
export function readWav(bytes: Buffer): Int16Array {
  const { rate, channels, data } = chunks(bytes);
  const frames = Math.floor(data.length / (2 * channels));
  const sample = (frame: number): number => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++)
      sum += data.readInt16LE(2 * (frame * channels + channel));
    return sum / channels;
  };
  return Int16Array.from({ length: Math.floor((frames * SAMPLE_RATE) / rate) }, (_, i) => {
    const from = Math.min(frames - 1, Math.floor((i * rate) / SAMPLE_RATE));
    const to = Math.min(frames, Math.max(from + 1, Math.floor(((i + 1) * rate) / SAMPLE_RATE)));
    let sum = 0;
    for (let frame = from; frame < to; frame++) sum += sample(frame);
    return Math.round(sum / (to - from));
  });
}

/** A WAV file of 16 kHz mono PCM. */
export function writeWav(pcm: Int16Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(HEADER_BYTES - 8 + pcm.byteLength, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM_FORMAT, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(pcm.byteLength, 40);
  return Buffer.concat([header, Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength)]);
}
