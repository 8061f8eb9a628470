/** Voices behind OpenAI's `/audio/speech`: OpenAI itself, Kokoro-FastAPI, speaches. Raw PCM, one request a clause. */
import type { Clock } from '../../base/clock.ts';
import { ParleyError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { isThisMachine, ON_THIS_MACHINE } from '../../base/this-machine.ts';
import type { Refusal } from '../wire/socket.ts';
import { createHttpVoice } from './http-voice.ts';
import type { ProbedVoice } from './probe.ts';

export interface OpenAiSpeechOptions {
  clock: Clock;
  log: Log;
  /** Up to and with the version: https://api.openai.com/v1, http://localhost:8880/v1. */
  baseUrl: string;
  /** Servers at home need none. */
  apiKey?: string;
  /** "gpt-4o-mini-tts", "kokoro". */
  model: string;
  /** "alloy", "af_heart". */
  voice: string;
  /** 0.25 to 4; absent: as the server has it. */
  speed?: number;
  /** More fields of the body, for servers that know some: speaches takes `sample_rate`. */
  extra?: Readonly<Record<string, string | number | boolean>>;
  /** What the server's PCM is in, in Hz. OpenAI and Kokoro send 24000, which is the default. */
  sampleRate?: 16_000 | 24_000 | 48_000;
}

export function createOpenAiSpeech(options: OpenAiSpeechOptions): ProbedVoice {
  const { clock, log, apiKey, model, voice, speed, extra, sampleRate = 24_000 } = options;
  return createHttpVoice({
    ...{ clock, log, name: 'openai', place: placeOf(options), what: 'the speech server', sampleRate },
    url: () => speechUrl(options),
    headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
    body: (text) =>
      JSON.stringify({
        ...{ model, input: text, voice, response_format: 'pcm' },
        ...(speed !== undefined && { speed }),
        ...extra,
      }),
    refused,
  });
}

function speechUrl({ baseUrl }: OpenAiSpeechOptions): URL {
  const url = URL.parse(`${baseUrl.replace(/\/+$/, '')}/audio/speech`);
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new ParleyError('The address of the speech server is no web address', {
    code: 'TTS_ADDRESS',
    remedy: 'Set it to one like http://localhost:8880/v1.',
  });
}

function placeOf({ baseUrl }: OpenAiSpeechOptions): string {
  const host = URL.parse(baseUrl)?.hostname ?? '';
  if (host === 'api.openai.com') return 'OpenAI';
  return isThisMachine(host) ? ON_THIS_MACHINE : host;
}

/** The server's own text is not repeated: it may hold the key, or the words that were to be spoken. */
function refused({ status, body }: Refusal): ParleyError {
  const fail = (code: string, message: string, remedy: string, retryable = false) =>
    new ParleyError(`${message} (${status})`, { code: `TTS_${code}`, remedy, retryable });
  if (/insufficient_quota/.test(body) || status === 402)
    return fail('QUOTA', 'The account of the speech server is used up', 'Add credit at the vendor.');
  if (status === 401 || status === 403)
    return fail('KEY', 'The speech server does not accept the key', 'Check the key for that server.');
  if (status === 429)
    return fail('BUSY', 'The speech server is asked too often', 'Try again in a moment.', true);
  if (/model_not_found|model .*(not found|does not exist)/i.test(body))
    return fail('MODEL', 'The speech server has no such model', 'Choose one that it lists under /models.');
  if (status === 404)
    return fail('ADDRESS', 'There is no /audio/speech at that address', 'Check it: most end in /v1.');
  if (/voice/i.test(body) && status < 500)
    return fail('VOICE', 'The speech server has no such voice', 'Choose one that it lists.');
  if (status >= 500) return fail('BUSY', 'The speech server failed', 'Look into its log; try again.', true);
  return fail('FAILED', 'The speech server refused', 'Check model, voice and speed.');
}
