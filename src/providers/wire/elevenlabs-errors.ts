/** What ElevenLabs' errors mean to the operator, however they come: a status, a message on a socket, a closing code. */
import { ParleyError } from '../../base/errors.ts';
import type { Refusal } from './socket.ts';

export interface ElevenLabsFault {
  /** The HTTP status, or the code that a socket was closed with. */
  status?: number;
  /** The vendor's own word, "quota_exceeded", or any text that may hold it. Never shown as it is. */
  text: string;
}

interface Meaning {
  /** Of the vendor's words, which it puts into `status`, `error`, `message` and closing reasons alike. */
  pattern: RegExp;
  statuses: readonly number[];
  code: string;
  message: string;
  remedy: string;
  retryable?: boolean;
}

/** The first that fits by its word, else the first by its status: 401 also tells of a spent quota. */
const MEANINGS: readonly Meaning[] = [
  {
    pattern: /quota_exceeded|quota exceeded|insufficient_credits|payment_required/i,
    ...{ statuses: [402], code: 'QUOTA', message: 'The credits of the ElevenLabs account are used up' },
    remedy: 'Buy credits or turn on usage-based billing at elevenlabs.io, or choose another provider.',
  },
  {
    pattern: /voice_not_found|voice(_id)?_does_not_exist|voice .*(not (be )?found|does not exist)/i,
    ...{ statuses: [404], code: 'VOICE', message: 'ElevenLabs does not know this voice' },
    remedy: 'Choose a voice that is listed under "My Voices" of the account that the key belongs to.',
  },
  {
    pattern: /model_not_found|invalid_model|unsupported_model|model .*does not exist/i,
    ...{ statuses: [], code: 'MODEL', message: 'ElevenLabs does not offer this model here' },
    remedy: 'Choose another model: eleven_flash_v2_5 speaks fastest; eleven_v3 cannot be streamed.',
  },
  {
    pattern: /missing_permissions/i,
    ...{ statuses: [403], code: 'KEY', message: 'The ElevenLabs key lacks a permission' },
    remedy: 'Give the key access to text to speech, speech to text, and reading voices, models and the user.',
  },
  {
    pattern: /output_format_not_allowed|subscription_required|only_for_creator/i,
    ...{ statuses: [], code: 'PLAN', message: 'The plan of the ElevenLabs account does not include this' },
    remedy: 'Use pcm_24000 and a default voice, or upgrade the plan.',
  },
  {
    pattern: /detected_unusual_activity/i,
    ...{ statuses: [], code: 'ACCOUNT', message: 'ElevenLabs has blocked the free plan of this account' },
    remedy: 'ElevenLabs does so for VPNs and shared addresses: use a paid plan, or another network.',
  },
  {
    pattern: /max_character_limit_exceeded|text_too_long/i,
    ...{ statuses: [413], code: 'TEXT', message: 'The text is too long for ElevenLabs' },
    remedy: 'Let the model answer more briefly.',
  },
  {
    pattern: /max_active_conversations|simultaneous contexts/i,
    ...{
      statuses: [],
      code: 'CONTEXTS',
      message: 'ElevenLabs counted too many drafts at once on one socket',
    },
    remedy: 'Nothing: a new socket is opened. If it comes back, report it.',
    retryable: true,
  },
  {
    pattern: /input_timeout_exceeded|new text input within the timeout/i,
    ...{ statuses: [], code: 'IDLE', message: 'ElevenLabs closed a socket that was idle' },
    remedy: 'Nothing: a new socket is opened.',
    retryable: true,
  },
  {
    pattern: /too_many_concurrent_requests|concurrent_limit|rate_limit/i,
    ...{ statuses: [429], code: 'BUSY', message: 'The ElevenLabs account does too much at once' },
    remedy: 'Try again; if it stays, use a plan with more concurrency, or let fewer channels share the key.',
    retryable: true,
  },
  {
    pattern: /system_busy|overloaded/i,
    ...{ statuses: [500, 502, 503, 504], code: 'BUSY', message: 'ElevenLabs is overloaded' },
    remedy: 'Try again in a minute; status.elevenlabs.io tells more.',
    retryable: true,
  },
  {
    // Codes that a socket is closed with.
    pattern: /connection (was )?lost/i,
    ...{ statuses: [1000, 1001, 1005, 1006, 1011, 1012, 1013], code: 'CONNECTION_LOST' },
    message: 'ElevenLabs closed the connection',
    remedy:
      'Nothing, if it happens seldom; else look at status.elevenlabs.io and at the network of this machine.',
    retryable: true,
  },
  {
    pattern: /invalid[_ ]api[_ ]key|auth_error|needs_authorization|authenticat/i,
    ...{ statuses: [401], code: 'KEY', message: 'ElevenLabs does not accept the key' },
    remedy:
      'Make a new key at elevenlabs.io under Developers, API keys, and set it without quotes or spaces.',
  },
];

/**
 * The vendor's own text is not repeated: it may hold the key, or the words that were to be spoken.
 * @param prefix begins the code: "TTS" makes TTS_QUOTA.
 */
export function elevenLabsError({ status, text }: ElevenLabsFault, prefix: string): ParleyError {
  const meaning =
    MEANINGS.find(({ pattern }) => pattern.test(text)) ??
    MEANINGS.find(({ statuses }) => status !== undefined && statuses.includes(status));
  const told = status === undefined ? '' : ` (${status})`;
  if (!meaning)
    return new ParleyError(`ElevenLabs failed${told}`, {
      code: `${prefix}_FAILED`,
      remedy: 'Try again; if it stays, check key, voice and model with the vendor.',
      // Codes of closed sockets are greater, and say nothing of the next try.
      retryable: status === undefined || (status >= 500 && status < 600),
    });
  const { code, message, remedy, retryable = false } = meaning;
  return new ParleyError(message + told, { code: `${prefix}_${code}`, remedy, retryable });
}

/** Of an answer with another status than was asked for. */
export const elevenLabsRefusal = ({ status, body }: Refusal, prefix: string): ParleyError =>
  elevenLabsError({ status, text: body }, prefix);
