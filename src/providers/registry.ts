/** Which providers there are, by the name that the settings use. */
import type { Clock } from '../base/clock.ts';
import { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { createEmbeddedResponder, phrases } from './llm/embedded-responder.ts';
import type { Providers } from './providers.ts';
import { createEmbeddedSoundswallower } from './stt/embedded-soundswallower.ts';
import { createEmbeddedFlite } from './tts/embedded-flite.ts';
import { fliteVoice } from './tts/flite/voices.ts';
import { createEmbeddedSilero } from './vad/embedded-silero.ts';

export interface ProviderChoice {
  stt: string;
  llm: string;
  tts: string;
  voice: string;
}

export interface ProviderContext {
  clock: Clock;
  log: Log;
  now(): Date;
  /** The agent's own median response gap; null before the first answer. */
  measured(): { p50Ms: number; n: number } | null;
}

/** Throws a ParleyError that names the known providers when one is unknown. */
export function createProviders(choice: ProviderChoice, context: ProviderContext): Providers {
  const { clock, log, now, measured } = context;
  const stt = { embedded: () => createEmbeddedSoundswallower({ clock, log, phrases: phrases() }) };
  const llm = { embedded: () => createEmbeddedResponder({ now, measured }) };
  const tts = { embedded: () => createEmbeddedFlite({ clock, log, voice: fliteVoice(choice.voice) }) };
  return {
    stt: pick('STT', stt, choice.stt),
    llm: pick('LLM', llm, choice.llm),
    tts: pick('TTS', tts, choice.tts),
    vad: createEmbeddedSilero({ clock, log }),
  };
}

function pick<T>(setting: string, known: Record<string, () => T>, name: string): T {
  const make = known[name];
  if (make) return make();
  throw new ParleyError(`There is no ${setting} provider "${name}"`, {
    code: 'UNKNOWN_PROVIDER',
    remedy: `Set ${setting} to one of: ${Object.keys(known).join(', ')}.`,
  });
}
