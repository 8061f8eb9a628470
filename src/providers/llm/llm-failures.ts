/** What can go wrong with an answer of a hosted model once the connection stands, each with what to do about it. */
import { ParleyError } from '../../base/errors.ts';

export const firstTokenLate = (name: string, afterMs: number): ParleyError =>
  new ParleyError(`${name} wrote nothing within ${afterMs} ms`, {
    code: 'LLM_FIRST_TOKEN_LATE',
    remedy: 'Look at the status page of the vendor, or choose a faster model.',
    retryable: true,
  });

export const tokensStalled = (name: string, afterMs: number): ParleyError =>
  new ParleyError(`${name} stopped in the middle of its answer for ${afterMs} ms`, {
    code: 'LLM_STALLED',
    remedy: 'Nothing, if it happens seldom; else look at the status page of the vendor.',
    retryable: true,
  });

export const truncated = (name: string): ParleyError =>
  new ParleyError(`The answer of ${name} ended in the middle`, {
    code: 'LLM_TRUNCATED',
    remedy: 'Nothing, if it happens seldom; else check the proxy or the server in between.',
    retryable: true,
  });

export const refused = (name: string): ParleyError =>
  new ParleyError(`${name} refused to answer`, {
    code: 'LLM_REFUSED',
    remedy: 'Ask differently; if harmless questions are refused, soften the prompt of the persona.',
  });

/** @param thought it had tokens left for thinking only. */
export const noText = (name: string, reason: string, thought: boolean): ParleyError =>
  thought
    ? new ParleyError(`${name} only thought, and wrote nothing (${reason})`, {
        code: 'LLM_ONLY_THOUGHT',
        remedy: 'Choose a model whose thinking can be turned off; a voice cannot wait for it.',
      })
    : new ParleyError(`${name} answered nothing (${reason})`, {
        code: 'LLM_EMPTY',
        remedy: 'Check the model and the prompt of the persona.',
        retryable: true,
      });

export const badStream = (name: string, what: string): ParleyError =>
  new ParleyError(`${name} sent ${what}`, {
    code: 'LLM_BAD_STREAM',
    remedy: 'Check that the address belongs to an API of the kind that is set.',
  });

export const emptyBody = (name: string): ParleyError =>
  new ParleyError(`${name} sent an empty reply`, {
    code: 'LLM_EMPTY',
    remedy: 'Look at the status page of the vendor, or at the proxy in between.',
    retryable: true,
  });

/** @param leftMs until it may be asked again. */
export const resting = (name: string, leftMs: number): ParleyError =>
  new ParleyError(`${name} asked to be left alone for ${Math.ceil(leftMs / 1000)} s more`, {
    code: 'LLM_RATE_LIMITED',
    remedy: 'Wait, or raise the limit of the account; speculation set to off asks less often.',
    retryable: true,
  });
