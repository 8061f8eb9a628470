/** Doubles a sample rate (8 to 16 kHz) with a half-band filter. */

/** Odd taps of a 23-tap windowed-sinc half-band filter, one side; the centre tap is 1 and the even ones are 0. */
const TAPS = halfBandTaps(6);

function halfBandTaps(count: number): readonly number[] {
  const taps = Array.from({ length: count }, (_, i) => {
    const k = 2 * i + 1;
    const sinc = Math.sin((Math.PI * k) / 2) / ((Math.PI * k) / 2);
    return sinc * (0.54 + 0.46 * Math.cos((Math.PI * k) / (2 * count)));
  });
  const sum = 2 * taps.reduce((a, b) => a + b, 0);
  return taps.map((tap) => tap / sum);
}

/** `pcm` at twice its rate: every sample is kept, and one is interpolated after each. */
export function doubleRate(pcm: Int16Array): Int16Array {
  const out = new Int16Array(pcm.length * 2);
  for (let i = 0; i < pcm.length; i++) {
    let between = 0;
    for (const [j, tap] of TAPS.entries()) between += tap * ((pcm[i - j] ?? 0) + (pcm[i + 1 + j] ?? 0));
    out[2 * i] = pcm[i]!;
    out[2 * i + 1] = Math.max(-32_768, Math.min(32_767, Math.round(between)));
  }
  return out;
}
