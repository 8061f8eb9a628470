/** PCM of known loudness and pitch. */

/** A sine of `ms` at `rate` Hz; amplitude 0.3 is about -13 dBFS. */
export function tone(ms: number, { rate = 16_000, hz = 440, amplitude = 0.3 } = {}): Int16Array {
  const pcm = new Int16Array((ms * rate) / 1000);
  for (let i = 0; i < pcm.length; i++) {
    pcm[i] = Math.round(Math.sin((2 * Math.PI * hz * i) / rate) * amplitude * 32_767);
  }
  return pcm;
}

export const silence = (ms: number, rate = 16_000): Int16Array => new Int16Array((ms * rate) / 1000);
