/** The one error class: says what failed, what the operator does now, and whether trying again makes sense. */

export interface ParleyErrorOptions {
  /** Stable, SCREAMING_SNAKE_CASE; recorded as the reason of an unanswered turn. */
  code: string;
  /** What the operator (or the user, for a command) does now. One sentence. */
  remedy: string;
  retryable?: boolean;
  cause?: unknown;
}

export class ParleyError extends Error {
  override readonly name = 'ParleyError';
  readonly code: string;
  readonly remedy: string;
  readonly retryable: boolean;

  constructor(message: string, options: ParleyErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.remedy = options.remedy;
    this.retryable = options.retryable ?? false;
  }
}

/** What failed and what to do about it, for people. */
export const inWords = ({ message, remedy }: Pick<ParleyError, 'message' | 'remedy'>): string =>
  `${message.replace(/[.\s]+$/, '')}. ${remedy}`;

/** Any thrown value as a ParleyError; one that is already such is returned unchanged. */
export function toParleyError(thrown: unknown, fallback: ParleyErrorOptions): ParleyError {
  if (thrown instanceof ParleyError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ParleyError(message, { ...fallback, cause: thrown });
}
