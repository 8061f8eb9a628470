/** Every way in which Scribe says no, with what to do about it. */
import { ParleyError, type ParleyErrorOptions } from '../../../base/errors.ts';
import { elevenLabsRefusal } from '../../wire/elevenlabs-errors.ts';
import type { Refusal, SocketClosed } from '../../wire/socket.ts';
import { LOST_AGAIN } from '../streaming/session.ts';
import type { Failure } from '../streaming/session-life.ts';
import { vendorWords } from '../streaming/vendor-words.ts';

interface Meaning extends ParleyErrorOptions {
  what: string;
  /** In so many other sessions the same audio may be tried. */
  again?: number;
}

const STATUS_PAGE = 'Nothing, if it happens seldom; else look at status.elevenlabs.io.';
const OURS = 'Report it with this message: it should not happen.';
const LESS = 'Wait a little, or choose a plan with more sessions at once.';

/** By the type of the message that tells it. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  auth_error: {
    what: 'the key was refused',
    code: 'STT_KEY',
    remedy: 'Check ELEVENLABS_API_KEY: copied whole, not expired, and allowed to use speech to text.',
  },
  quota_exceeded: {
    what: 'the quota is used up',
    code: 'STT_QUOTA',
    remedy: 'Add credit at ElevenLabs, wait for the next month, or raise the limit of the key.',
  },
  unaccepted_terms: {
    what: 'its terms are not accepted yet',
    code: 'STT_TERMS',
    remedy: 'Sign in at elevenlabs.io and accept the terms of Scribe.',
  },
  rate_limited: {
    what: 'too many requests',
    code: 'STT_BUSY',
    remedy: LESS,
    retryable: true,
  },
  queue_overflow: {
    what: 'it is asked faster than it can answer',
    code: 'STT_BUSY',
    remedy: LESS,
    retryable: true,
  },
  resource_exhausted: {
    what: 'it has no room left',
    code: 'STT_BUSY',
    remedy: STATUS_PAGE,
    retryable: true,
    again: 1,
  },
  transcriber_error: {
    what: 'it failed at these words',
    code: 'STT_FAILED',
    remedy: STATUS_PAGE,
    retryable: true,
    again: 1,
  },
  error: {
    what: 'it failed',
    code: 'STT_FAILED',
    remedy: STATUS_PAGE,
    retryable: true,
    again: 1,
  },
  session_time_limit_exceeded: {
    what: 'the session was too long',
    code: 'STT_SESSION_OVER',
    remedy: 'Nothing: another one is opened.',
    retryable: true,
    again: 1,
  },
  input_error: { what: 'it did not understand the audio', code: 'STT_BAD_REQUEST', remedy: OURS },
  chunk_size_exceeded: { what: 'a piece of audio was too long', code: 'STT_BAD_REQUEST', remedy: OURS },
  invalid_request: {
    what: 'it did not accept the settings',
    code: 'STT_BAD_REQUEST',
    remedy: 'Check the model and the language of the recogniser; the message says which it is.',
  },
};

/** There was nothing to recognise: an answer, not a failure. */
const NO_SPEECH = new Set(['commit_throttled', 'insufficient_audio_activity']);

export const isNoSpeech = (type: string): boolean => NO_SPEECH.has(type);

/** Null when a message of this type is no failure. @param said the vendor's own words. */
export function failureOf(type: string, said: string, key: string): Failure | null {
  const known = MEANINGS[type] ?? (type.endsWith('_error') ? MEANINGS.error : undefined);
  return known ? made(known, vendorWords(said, key)) : null;
}

/** A session that ended without a word about why. */
export const closedFailure = ({ code, reason }: SocketClosed, key: string): Failure => ({
  again: LOST_AGAIN,
  error: new ParleyError(`ElevenLabs Scribe: the session was closed (${code})${vendorWords(reason, key)}`, {
    ...{ code: 'STT_CONNECTION_LOST', remedy: STATUS_PAGE, retryable: true },
  }),
});

/** Audio is written faster than the network takes it. */
export const stuckFailure = (): Failure => ({
  again: 0,
  error: new ParleyError('ElevenLabs Scribe: the network does not take the audio', {
    code: 'STT_SLOW_NETWORK',
    remedy: 'Check the upload rate of this machine: each speaker needs 450 kbit/s.',
    retryable: true,
  }),
});

/** The handshake was refused. */
export function refusedFailure(refusal: Refusal, model: string): ParleyError {
  if (refusal.status !== 404) return elevenLabsRefusal(refusal, 'STT');
  return new ParleyError(`ElevenLabs has no recogniser ${model} at this address (404)`, {
    code: 'STT_MODEL',
    remedy: 'Check the address and the model of the recogniser.',
  });
}

function made({ what, again = 0, ...options }: Meaning, words: string): Failure {
  return { again, error: new ParleyError(`ElevenLabs Scribe: ${what}${words}`, options) };
}
