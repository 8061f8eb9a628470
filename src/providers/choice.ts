/** What the settings say about providers: who does each part of the work, where, and with which key. */

interface StageChoice {
  /** Secret; null for none. */
  apiKey: string | null;
  /** Null for the provider's own. */
  model: string | null;
  /** Base addresses; empty for the provider's own. */
  baseUrls: readonly string[];
  /** Where the provider has several of its own: one of them, or "auto" for the nearest. */
  region: string;
}

export interface SttChoice extends StageChoice {
  provider: string;
  /** What people speak, in BCP 47; null for whatever the provider hears unless told. */
  language: string | null;
}

export interface LlmChoice extends StageChoice {
  provider: string;
  /** Which header the key goes in; null for the provider's way. */
  auth: 'x-api-key' | 'bearer' | 'both' | null;
}

export interface TtsChoice extends StageChoice {
  provider: string;
  /** Null for the provider's own. */
  voice: string | null;
}

export interface ProviderChoice {
  stt: SttChoice;
  llm: LlmChoice;
  tts: TtsChoice;
}

/** Everything on this machine, without a key. */
export function embeddedChoice(voice: string): ProviderChoice {
  const here = { provider: 'embedded', apiKey: null, model: null, baseUrls: [], region: 'auto' };
  return { stt: { ...here, language: null }, llm: { ...here, auth: null }, tts: { ...here, voice } };
}
