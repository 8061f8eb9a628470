/** Reads request bodies: JSON, and multipart forms with files. */
import type { IncomingMessage } from 'node:http';
import type { Attachment } from './http.ts';
import { RestError } from './refusals.ts';

const MAX_BODY_BYTES = 26_000_000;
const CRLF = Buffer.from('\r\n');
const BLANK_LINE = Buffer.from('\r\n\r\n');

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_BODY_BYTES) throw new RestError(413, 40005, 'Request entity too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RestError(400, 50109, 'The request body contains invalid JSON.');
  }
}

/** The bodies of a multipart message with their heads, as text. */
function* splitParts(body: Buffer, boundary: string): Generator<{ head: string; data: Buffer }> {
  const mark = Buffer.from(`--${boundary}`);
  let at = body.indexOf(mark);
  while (at !== -1) {
    const start = at + mark.length + CRLF.length;
    const next = body.indexOf(mark, start);
    if (next === -1) return;
    const headEnd = body.indexOf(BLANK_LINE, start);
    if (headEnd === -1 || headEnd > next) throw new RestError(400, 50035, 'Invalid Form Body');
    const dataStart = headEnd + BLANK_LINE.length;
    yield {
      head: body.subarray(start, headEnd).toString(),
      data: body.subarray(dataStart, next - CRLF.length),
    };
    at = next;
  }
}

/** A body as JSON value and files, by its content type. Throws a RestError when it is neither. */
export function parseBody(
  contentType: string | undefined,
  bytes: Buffer,
): { body: unknown; files: Attachment[] } {
  if (bytes.length === 0) return { body: undefined, files: [] };
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1];
  if (!boundary) return { body: parseJson(bytes.toString()), files: [] };
  let body: unknown = {};
  const files: Attachment[] = [];
  for (const { head, data } of splitParts(bytes, boundary)) {
    const name = /name="([^"]*)"/i.exec(head)?.[1];
    const fileName = /filename="([^"]*)"/i.exec(head)?.[1];
    if (name === 'payload_json') body = parseJson(data.toString());
    else if (fileName !== undefined && /^files\[\d+\]$/.test(name ?? '')) {
      const type = /content-type:\s*([^\r\n;]+)/i.exec(head)?.[1] ?? 'application/octet-stream';
      files.push({ name: fileName, contentType: type, data: Buffer.from(data) });
    }
  }
  return { body, files };
}
