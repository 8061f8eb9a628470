/** What REST handlers see of a request, and what they answer with; errors as Discord words them. */

export interface Attachment {
  name: string;
  contentType: string;
  data: Buffer;
}

export interface RestRequest {
  method: string;
  /** Path segments below `/api/v10`, percent-decoded. */
  path: readonly string[];
  query: URLSearchParams;
  authorized: boolean;
  /** The JSON body, or the `payload_json` part of a multipart body. */
  body: unknown;
  files: readonly Attachment[];
}

export interface RestAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

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

/** Answers a request whose path it knows; null lets the next router try. */
export type Router = (request: RestRequest) => RestAnswer | null;
