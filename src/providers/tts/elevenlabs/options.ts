/** What both ways of speaking with ElevenLabs are told, and how it is spelled on the wire. */
import type { Clock } from '../../../base/clock.ts';
import { ParleyError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { elevenLabsPlace } from '../../wire/elevenlabs-place.ts';

/** Each as the vendor documents it; what is absent is as set for the voice in the account. */
export interface ElevenLabsVoiceSettings {
  /** 0 to 1, by default 0.5: lower is livelier. */
  stability?: number;
  /** 0 to 1, by default 0.75. */
  similarityBoost?: number;
  /** 0 to 1, by default 0; anything else costs time. */
  style?: number;
  /** 0.7 to 1.2, by default 1. */
  speed?: number;
  useSpeakerBoost?: boolean;
}

export interface ElevenLabsVoiceOptions {
  clock: Clock;
  log: Log;
  apiKey: string;
  voiceId: string;
  /** By default eleven_flash_v2_5, which speaks fastest. */
  modelId?: string;
  /** By default https://api.elevenlabs.io; regions have their own, as has a local stand-in. */
  baseUrl?: string;
  /** ISO 639-1, "en"; absent: told by the text. Only the v2.5 models obey. */
  language?: string;
  settings?: ElevenLabsVoiceSettings;
}

export const DEFAULT_ELEVENLABS_URL = 'https://api.elevenlabs.io';
const DEFAULT_MODEL = 'eleven_flash_v2_5';

/** The rate that all plans may use, and that Opus takes as it is. */
export const SAMPLE_RATE_24K = 24_000;

/** Throws a ParleyError when the base is no address. @param route what follows the voice: "stream". @param more query parameters. */
export function speechUrl(
  { baseUrl = DEFAULT_ELEVENLABS_URL, voiceId, modelId = DEFAULT_MODEL, language }: ElevenLabsVoiceOptions,
  route: string,
  more: Readonly<Record<string, string>> = {},
): URL {
  const base = baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
  const url = URL.parse(`${base}/v1/text-to-speech/${encodeURIComponent(voiceId)}/${route}`);
  if (!url)
    throw new ParleyError('The address of ElevenLabs is no web address', {
      code: 'TTS_ADDRESS',
      remedy: `Set it to one that begins with https://, or leave it out for ${DEFAULT_ELEVENLABS_URL}.`,
    });
  const query = { output_format: 'pcm_24000', ...(route === 'stream' ? {} : { model_id: modelId }), ...more };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  if (language && route !== 'stream') url.searchParams.set('language_code', language);
  return url;
}

/** The body of a request for one clause. */
export const speechBody = (
  { modelId = DEFAULT_MODEL, language, settings }: ElevenLabsVoiceOptions,
  text: string,
  previousText: string,
): string =>
  JSON.stringify({
    ...{ text, model_id: modelId },
    ...(language && { language_code: language }),
    ...(settings && { voice_settings: wireSettings(settings) }),
    ...(previousText && { previous_text: previousText }),
  });

export const wireSettings = (settings: ElevenLabsVoiceSettings = {}): Record<string, unknown> => ({
  stability: settings.stability,
  similarity_boost: settings.similarityBoost,
  style: settings.style,
  speed: settings.speed,
  use_speaker_boost: settings.useSpeakerBoost,
});

/** Where the words go, for people. */
export const placeOf = ({ baseUrl = DEFAULT_ELEVENLABS_URL }: ElevenLabsVoiceOptions): string =>
  elevenLabsPlace(baseUrl);
