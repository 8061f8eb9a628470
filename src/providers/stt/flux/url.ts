/** Where Flux listens, and with what settings: they hold for a whole session. */
import { SAMPLE_RATE } from '../../../audio/pcm.ts';
import { socketAddress } from '../streaming/address.ts';

export interface FluxSettings {
  baseUrl: string;
  model: string;
  /** ISO 639; for models of several languages only. */
  languageHint?: string;
  eotThreshold: number;
  eagerEotThreshold: number;
  eotTimeoutMs: number;
  keyterms: readonly string[];
}

/** Throws a ParleyError when the base is no address. */
export function fluxUrl(settings: FluxSettings): URL {
  const url = socketAddress(settings.baseUrl, '/v2/listen', 'Deepgram');
  const { searchParams } = url;
  searchParams.set('model', settings.model);
  searchParams.set('encoding', 'linear16');
  searchParams.set('sample_rate', String(SAMPLE_RATE));
  searchParams.set('eot_threshold', String(settings.eotThreshold));
  searchParams.set('eager_eot_threshold', String(settings.eagerEotThreshold));
  searchParams.set('eot_timeout_ms', String(settings.eotTimeoutMs));
  if (settings.languageHint) searchParams.set('language_hint', settings.languageHint);
  for (const term of settings.keyterms) searchParams.append('keyterm', term);
  return url;
}
