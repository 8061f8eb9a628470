/** Every way in which Deepgram says no, with what to do about it. */
import { ParleyError, type ParleyErrorOptions } from '../../../base/errors.ts';
import type { Refusal, SocketClosed } from '../../wire/socket.ts';
import { LOST_AGAIN } from '../streaming/session.ts';
import type { Failure } from '../streaming/session-life.ts';
import { parsedObject, textOf, vendorWords } from '../streaming/vendor-words.ts';

const STATUS_PAGE = 'Nothing, if it happens seldom; else look at status.deepgram.com.';

const failed = (what: string, options: ParleyErrorOptions): ParleyError =>
  new ParleyError(`Deepgram Flux: ${what}`, options);

/** The handshake was refused. */
export function refusedFailure({ status, body }: Refusal, model: string, key: string): ParleyError {
  const parsed = parsedObject(body);
  const said = textOf(parsed, 'err_msg') || textOf(parsed, 'description') || textOf(parsed, 'message');
  const words = ` (${status})${vendorWords(said, key)}`;
  if (status === 401) {
    const remedy = 'Check DEEPGRAM_API_KEY: copied whole, not deleted, and of the region that is set.';
    return failed(`the key was refused${words}`, { code: 'STT_KEY', remedy });
  }
  if (status === 402) {
    const remedy = 'Add credit at console.deepgram.com, or choose another recogniser.';
    return failed(`the account has no credit left${words}`, { code: 'STT_QUOTA', remedy });
  }
  if (status === 403) {
    const remedy = `Give the key the role "member" or more at console.deepgram.com, and the project access to ${model}.`;
    return failed(`the key may not do that${words}`, { code: 'STT_KEY', remedy });
  }
  if (status === 429) {
    const remedy = 'Wait a little, or choose a plan with more streams at once.';
    return failed(`too many streams at once${words}`, { code: 'STT_BUSY', remedy, retryable: true });
  }
  if (status === 408 || status >= 500) {
    return failed(`it failed${words}`, { code: 'STT_FAILED', remedy: STATUS_PAGE, retryable: true });
  }
  const remedy = `Check the address, that the project may use ${model}, and that it hears what STT_LANGUAGE says.`;
  return failed(`it did not accept the settings${words}`, { code: 'STT_MODEL', remedy });
}

/** An error within the session; it ends it. */
export function reportedFailure(code: string, description: string, key: string): Failure {
  const words = `${code ? ` (${code})` : ''}${vendorWords(description, key)}`;
  if (/UNPARSABLE|INVALID|DATA-0000|BAD_REQUEST/i.test(code)) {
    const remedy = 'Report it with this message: it should not happen.';
    return {
      again: 0,
      error: failed(`it did not understand us${words}`, { code: 'STT_BAD_REQUEST', remedy }),
    };
  }
  const options = { code: 'STT_FAILED', remedy: STATUS_PAGE, retryable: true };
  return { again: 1, error: failed(`it failed${words}`, options) };
}

/** A session that ended without a word before. */
export function closedFailure({ code, reason }: SocketClosed, key: string): Failure {
  if (code === 1008) return reportedFailure(/[A-Z]+-\d+/.exec(reason)?.[0] ?? 'DATA-0000', reason, key);
  const error = failed(`the session was closed (${code})${vendorWords(reason, key)}`, {
    ...{ code: 'STT_CONNECTION_LOST', remedy: STATUS_PAGE, retryable: true },
  });
  return { again: LOST_AGAIN, error };
}

/** Audio is written faster than the network takes it. */
export const stuckFailure = (): Failure => ({
  again: 0,
  error: failed('the network does not take the audio', {
    code: 'STT_SLOW_NETWORK',
    remedy: 'Check the upload rate of this machine: each speaker needs 260 kbit/s.',
    retryable: true,
  }),
});
