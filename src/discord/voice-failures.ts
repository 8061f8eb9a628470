/** Why a voice connection cannot be had, in words for the person who asked and the operator who can mend it. */
import { ParleyError } from '../base/errors.ts';

type Failure = readonly [code: string, message: string, remedy: string];

const CLOSE_CODES: Record<number, Failure> = {
  4014: ['VOICE_KICKED', 'I was disconnected from the voice channel', 'Call me back with /join.'],
  4017: [
    'VOICE_E2EE_REQUIRED',
    'Discord demands end-to-end encryption that this installation does not offer',
    'Run `npm ci` to install the pinned voice libraries, then start again.',
  ],
  4021: [
    'VOICE_RATE_LIMITED',
    'Discord refuses more voice connections for now',
    'Wait a minute, then /join.',
  ],
  4022: ['VOICE_CALL_ENDED', 'Discord ended this call', 'Call me back with /join.'],
};

/** Codes after which Discord says not to come back; null for the others. */
export function finalClose(code: number): ParleyError | null {
  const failure = CLOSE_CODES[code];
  return failure ? failureOf(failure) : null;
}

const PHASES = {
  signalling: [
    'VOICE_NO_REPLY',
    'Discord did not answer my request to join the voice channel',
    'Check that the channel is not full and that I may View, Connect and Speak there, then /join again.',
  ],
  connecting: [
    'VOICE_UNREACHABLE',
    'The voice server could not be reached',
    'Check that this machine may open outgoing UDP and port 443, then /join again.',
  ],
  encryption: [
    'VOICE_ENCRYPTION',
    'End-to-end encryption with the channel could not be set up',
    'Ask everyone to leave the channel and come back, then /join again.',
  ],
  gateway: [
    'VOICE_GATEWAY_LOST',
    'The connection to Discord ended',
    'Wait until I am online again, then /join.',
  ],
} as const satisfies Record<string, Failure>;

export type VoicePhase = keyof typeof PHASES;

export const phaseFailure = (phase: VoicePhase): ParleyError => failureOf(PHASES[phase]);

function failureOf([code, message, remedy]: Failure): ParleyError {
  return new ParleyError(message, { code, remedy, retryable: true });
}
