/** Answers that are errors, thrown by handlers, as Discord words them; and the reading of bodies that may cause one. */

/** An answer that is an error, thrown by handlers. */
export class RestError extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: unknown;

  constructor(status: number, code: number, message: string, errors?: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** 50035, with the field that is wrong. */
export const invalidForm = (field: string, message: string): RestError =>
  new RestError(400, 50035, 'Invalid Form Body', {
    [field]: { _errors: [{ code: 'BASE_TYPE_BAD', message }] },
  });

export const notFound = (): RestError => new RestError(404, 0, '404: Not Found');

export type Fields = Record<string, unknown>;

/** The value as an object; throws 50035 when it is none. */
export function fieldsOf(value: unknown, field = 'body'): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidForm(field, 'Must be an object.');
  return value as Fields;
}
