/** The transcript in a server's reply: one JSON object, plain text, or a stream of words. */
import type { HttpReply } from '../../wire/http-pool.ts';
import { serverSentEvents } from '../../wire/sse.ts';
import { parsedObject, textOf } from '../streaming/vendor-words.ts';
import { brokenOff, notATranscript, refusedFailure, type ServerFacts } from './failures.ts';

const MOST_BYTES = 256_000;

/** @param onWords the words so far, while they come. Throws a ParleyError, or what reading throws. */
export async function readTranscript(
  reply: HttpReply,
  facts: ServerFacts,
  onWords: (text: string) => void,
): Promise<string> {
  const { status, headers, body } = reply;
  const type = headers['content-type'] ?? '';
  if (status !== 200) throw refusedFailure(status, await body.text(MOST_BYTES), facts);
  if (type.includes('event-stream')) return await readStream(reply, facts, onWords);
  const text = await body.text(MOST_BYTES);
  if (type.startsWith('text/plain')) return text.trim();
  const transcript = parsedObject(text)?.text;
  if (typeof transcript !== 'string') throw notATranscript(facts);
  return transcript.trim();
}

/** OpenAI's events, and the older ones of servers at home: one `{text}` a segment. */
async function readStream(
  { body }: HttpReply,
  facts: ServerFacts,
  onWords: (text: string) => void,
): Promise<string> {
  let words = '';
  for await (const { event, data } of serverSentEvents(body, 'STT')) {
    if (data === '[DONE]') break;
    const message = parsedObject(data);
    const type = textOf(message, 'type') || event || '';
    if (type === 'error' || message?.error) throw brokenOff(saidIn(message), facts);
    if (type === 'transcript.text.done') {
      words = textOf(message, 'text');
      break;
    }
    if (type === 'transcript.text.delta') words += textOf(message, 'delta');
    else if (type === '' || type === 'message') words = `${words} ${textOf(message, 'text').trim()}`;
    else continue;
    onWords(words.trim());
  }
  body.finish();
  return words.trim();
}

function saidIn(message: Readonly<Record<string, unknown>> | null): string {
  const error = message?.error;
  if (typeof error === 'object' && error !== null) return textOf(error as Record<string, unknown>, 'message');
  return textOf(message, 'error') || textOf(message, 'message');
}
