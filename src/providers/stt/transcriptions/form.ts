/** One utterance as the form that transcription servers take. */
import { randomUUID } from 'node:crypto';
import { SAMPLE_RATE } from '../../../audio/pcm.ts';
import { encodeWav } from '../../../audio/wav.ts';

export interface Form {
  contentType: string;
  body: Uint8Array;
}

/** @param pcm at 16 kHz. @param fields text, in order. */
export function transcriptionForm(pcm: Int16Array, fields: Readonly<Record<string, string>>): Form {
  const boundary = `parley-${randomUUID()}`;
  const texts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file =
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="utterance.wav"\r\n` +
    'content-type: audio/wav\r\n\r\n';
  const wav = encodeWav({ rate: SAMPLE_RATE, channels: 1, pcm });
  const body = Buffer.concat([
    Buffer.from(texts.join('') + file),
    wav,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}
