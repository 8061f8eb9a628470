/** Every way in which a transcription server says no, with what to do about it. */
import { ParleyError, type ParleyErrorOptions } from '../../../base/errors.ts';
import { parsedObject, textOf, vendorWords } from '../streaming/vendor-words.ts';

export interface ServerFacts {
  /** Where it was asked, as host and path. */
  address: string;
  model: string;
  key: string;
}

/** @param body of whatever shape the server gave it. */
export function refusedFailure(status: number, body: string, facts: ServerFacts): ParleyError {
  const { address, model, key } = facts;
  const words = ` (${status})${vendorWords(saidIn(body), key)}`;
  const fail = (what: string, options: ParleyErrorOptions) =>
    new ParleyError(`The transcription server: ${what}${words}`, options);
  if (status === 401 || status === 403) {
    const remedy = `Check the key: copied whole, not expired, and meant for ${address}.`;
    return fail('the key was refused', { code: 'STT_KEY', remedy });
  }
  if (status === 402) {
    const remedy = 'Add credit to the account, or choose another recogniser.';
    return fail('the account has no credit left', { code: 'STT_QUOTA', remedy });
  }
  if (status === 404) {
    const remedy = `Check the address, up to and with the version, and that the server has loaded ${model}.`;
    return fail(`there is no ${model} at ${address}`, { code: 'STT_MODEL', remedy });
  }
  if (status === 429) {
    const remedy = 'Wait, or raise the limit of the account.';
    return fail('too many requests', { code: 'STT_BUSY', remedy, retryable: true });
  }
  if (status === 408 || status >= 500) {
    const remedy = 'Look into the log of that server; it may still be loading the model.';
    return fail('it failed', { code: 'STT_FAILED', remedy, retryable: true });
  }
  const remedy = 'Check the address, the model and the language of the recogniser.';
  return fail('it did not accept the request', { code: 'STT_BAD_REQUEST', remedy });
}

/** Something was answered, but no transcript. */
export const notATranscript = ({ address }: ServerFacts): ParleyError =>
  new ParleyError(`${address} did not answer with a transcript`, {
    code: 'STT_NOT_AN_API',
    remedy: 'Check that the address belongs to an API of that kind, not to a web site.',
  });

/** An error within a stream of words. */
export const brokenOff = (said: unknown, { key }: ServerFacts): ParleyError =>
  new ParleyError(`The transcription server: it failed in the middle${vendorWords(said, key)}`, {
    ...{ code: 'STT_FAILED', remedy: 'Look into the log of that server.', retryable: true },
  });

/** OpenAI's shape, FastAPI's, and plain ones. */
function saidIn(body: string): string {
  const parsed = parsedObject(body);
  const error = parsed?.error;
  if (typeof error === 'object' && error !== null) return textOf(error as Record<string, unknown>, 'message');
  return textOf(parsed, 'error') || textOf(parsed, 'detail') || textOf(parsed, 'message');
}
