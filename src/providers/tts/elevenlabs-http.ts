/**
 * ElevenLabs over HTTP, one streamed request a clause: for where sockets cannot pass, and when the socket is down. When
 * the whole text is known the vendor calls it the faster way; it tells no times of words.
 */
import { elevenLabsRefusal } from '../wire/elevenlabs-errors.ts';
import {
  type ElevenLabsVoiceOptions,
  placeOf,
  SAMPLE_RATE_24K,
  speechBody,
  speechUrl,
} from './elevenlabs/options.ts';
import { createHttpVoice } from './http-voice.ts';
import type { ProbedVoice } from './probe.ts';

/** A thin client for the same reasons as that of the socket. */
export function createElevenLabsHttp(options: ElevenLabsVoiceOptions): ProbedVoice {
  const { clock, log, apiKey } = options;
  return createHttpVoice({
    ...{ clock, log, name: 'elevenlabs-http', place: placeOf(options), what: 'the voice of ElevenLabs' },
    sampleRate: SAMPLE_RATE_24K,
    url: () => speechUrl(options, 'stream'),
    headers: { 'xi-api-key': apiKey },
    body: (text, previousText) => speechBody(options, text, previousText),
    refused: (refusal) => elevenLabsRefusal(refusal, 'TTS'),
  });
}
