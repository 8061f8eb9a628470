/** What can go wrong with an answer, each with what to do about it. */
import { ParleyError, toParleyError } from '../base/errors.ts';
import type { Played } from './ports.ts';

const VOICE_REMEDY = 'Check the voice provider and its key; the answer was written in the chat.';

export const modelFailed = (error: unknown): ParleyError =>
  toParleyError(error, { code: 'LLM_FAILED', remedy: 'Check the language model provider and its key.' });

export const emptyAnswer = (): ParleyError =>
  new ParleyError('The language model answered nothing', {
    code: 'EMPTY_ANSWER',
    remedy: 'Check the model and its prompt.',
  });

export const voiceFailed = (error: unknown): ParleyError =>
  toParleyError(error, { code: 'TTS_FAILED', remedy: VOICE_REMEDY });

export const voiceEndedEarly = (): ParleyError =>
  new ParleyError('The voice ended before the answer did', {
    code: 'TTS_ENDED_EARLY',
    remedy: VOICE_REMEDY,
    retryable: true,
  });

export const stalled = (): ParleyError =>
  new ParleyError('Nothing came for too long', {
    code: 'ANSWER_STALLED',
    remedy: 'Check the language model and the voice provider: one of them went silent.',
    retryable: true,
  });

/** All was played and nothing of it was to be heard, or the connection did not last that long. */
export const inaudible = ({ complete }: Played): ParleyError =>
  complete
    ? new ParleyError('The voice made no sound', { code: 'TTS_SILENT', remedy: VOICE_REMEDY })
    : new ParleyError('The voice connection was lost before the answer was heard', {
        code: 'VOICE_LOST',
        remedy: 'Ask again once I am connected; the answer was written in the chat.',
        retryable: true,
      });
