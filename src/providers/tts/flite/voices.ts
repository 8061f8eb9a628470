/** The voices inside the Flite module. */
import { ParleyError } from '../../../base/errors.ts';

/** `slt`, `rms` and `awb` are statistical voices; `kal` and `kal16` are diphone voices: faster and more robotic. */
export const FLITE_VOICES = ['slt', 'rms', 'awb', 'kal', 'kal16'] as const;

export type FliteVoice = (typeof FLITE_VOICES)[number];

/** The clearest of the five to a recogniser and a pleasant one. */
export const DEFAULT_FLITE_VOICE: FliteVoice = 'slt';

/** Throws a ParleyError (`TTS_UNKNOWN_VOICE`) that names the voices there are. */
export function fliteVoice(name: string): FliteVoice {
  const voice = FLITE_VOICES.find((known) => known === name);
  if (voice) return voice;
  throw new ParleyError(`The embedded synthesiser has no voice "${name}"`, {
    code: 'TTS_UNKNOWN_VOICE',
    remedy: `Use one of its voices: ${FLITE_VOICES.join(', ')}.`,
  });
}
