/** Where Scribe listens, and with what settings: they hold for a whole session. */
import { SAMPLE_RATE } from '../../../audio/pcm.ts';
import { socketAddress } from '../streaming/address.ts';

export interface ScribeSettings {
  baseUrl: string;
  model: string;
  /** BCP 47 or ISO 639; found out by the vendor when absent. */
  language?: string;
  keyterms: readonly string[];
}

/** Throws a ParleyError when the base is no address. */
export function scribeUrl({ baseUrl, model, language, keyterms }: ScribeSettings): URL {
  const url = socketAddress(baseUrl, '/v1/speech-to-text/realtime', 'ElevenLabs');
  url.searchParams.set('model_id', model);
  url.searchParams.set('audio_format', `pcm_${SAMPLE_RATE}`);
  // Their own detector of silence waits for at least 300 ms.
  url.searchParams.set('commit_strategy', 'manual');
  if (language) url.searchParams.set('language_code', language.split('-')[0]!);
  for (const term of keyterms) url.searchParams.append('keyterms', term);
  return url;
}
