/** What REST handlers see of a request, and what they answer with. */

export interface Attachment {
  name: string;
  contentType: string;
  data: Buffer;
  /** What it shows, in words; absent without one. */
  description?: string;
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

/** Answers a request whose path it knows; null lets the next router try. */
export type Router = (request: RestRequest) => RestAnswer | null;
