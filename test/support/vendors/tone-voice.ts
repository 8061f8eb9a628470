/** What the local stand-ins of voices say: a tone as long as the text, with the time of each character. */

export const TONE_RATE = 24_000;
/** How long a character is heard. */
export const CHARACTER_MS = 50;

const HZ = 220;
const AMPLITUDE = 8_000;

/** 24 kHz mono: silence first, then `CHARACTER_MS` of tone for each character. */
export function toneFor(text: string, leadingSilenceMs = 0, characterMs = CHARACTER_MS): Int16Array {
  const lead = (leadingSilenceMs * TONE_RATE) / 1000;
  const pcm = new Int16Array(lead + (text.length * characterMs * TONE_RATE) / 1000);
  for (let i = lead; i < pcm.length; i++)
    pcm[i] = Math.round(AMPLITUDE * Math.sin((2 * Math.PI * HZ * i) / TONE_RATE));
  return pcm;
}

export interface TonePart {
  bytes: Buffer;
  chars: string[];
  startMs: number[];
  durationMs: number[];
}

/** The tone of `text` in parts of `perPart` characters, each with its characters and their times within the part. */
export function toneParts(
  text: string,
  perPart: number,
  leadingSilenceMs = 0,
  characterMs = CHARACTER_MS,
): TonePart[] {
  const parts: TonePart[] = [];
  for (let at = 0; at < text.length; at += perPart) {
    const chars = [...text.slice(at, at + perPart)];
    const lead = at === 0 ? leadingSilenceMs : 0;
    parts.push({
      bytes: Buffer.from(toneFor(chars.join(''), lead, characterMs).buffer),
      chars,
      startMs: chars.map((_, i) => lead + i * characterMs),
      durationMs: chars.map(() => characterMs),
    });
  }
  return parts;
}
