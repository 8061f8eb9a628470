/** PCM is signed 16-bit mono. Without a rate in its name it is 16 kHz. */

export const SAMPLE_RATE = 16_000;
export const FRAME_MS = 20;
/** Samples in one 20 ms frame at 16 kHz. */
export const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1000;

/** Samples in one 20 ms frame at `rate` Hz. */
export const frameSamplesAt = (rate: number): number => (rate * FRAME_MS) / 1000;

/** Length of `samples` samples at `rate` Hz, in ms. */
export const samplesToMs = (samples: number, rate: number = SAMPLE_RATE): number => (samples * 1000) / rate;

export function concatPcm(parts: readonly Int16Array[]): Int16Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The bytes of `pcm`, little-endian, sharing its memory. */
export const pcmToBytes = (pcm: Int16Array): Buffer =>
  Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);

/** Little-endian bytes as PCM; copies when the memory is not aligned. An odd last byte is dropped. */
export function bytesToPcm(bytes: Uint8Array): Int16Array {
  const length = bytes.byteLength >> 1;
  if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, length);
  // Not `slice`, which shares the memory of a Buffer.
  return new Int16Array(Uint8Array.from(bytes.subarray(0, length * 2)).buffer);
}
