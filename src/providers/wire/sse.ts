/** Server-sent events out of a body, however its bytes are cut. */
import { createParser } from 'eventsource-parser';
import { ParleyError } from '../../base/errors.ts';

export interface SseMessage {
  /** The name of the event, if it has one. */
  event: string | undefined;
  data: string;
}

/** One event; a server that never ends one is cut off. */
const MAX_EVENT_CHARACTERS = 1_000_000;

/** @param chunks of UTF-8. Throws what reading them throws, or a ParleyError when one event does not end. */
export async function* serverSentEvents(
  chunks: AsyncIterable<Uint8Array>,
  codePrefix: string,
): AsyncGenerator<SseMessage, void, undefined> {
  const decoder = new TextDecoder();
  let messages: SseMessage[] = [];
  let endless = false;
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onEvent: ({ event, data }) => messages.push({ event, data }),
    onError: ({ type }) => {
      endless ||= type === 'max-buffer-size-exceeded';
    },
  });
  const feed = (text: string): SseMessage[] => {
    messages = [];
    parser.feed(text);
    if (endless) throw endlessEvent(codePrefix);
    return messages;
  };
  for await (const chunk of chunks) yield* feed(decoder.decode(chunk, { stream: true }));
  // Some servers leave out the empty line after the last event; what was cut off within its data is dropped.
  yield* feed(`${decoder.decode()}\n\n`).filter(({ data }) => isWhole(data));
}

function isWhole(data: string): boolean {
  if (data === '[DONE]') return true;
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}

const endlessEvent = (codePrefix: string): ParleyError =>
  new ParleyError('The server sent an event that does not end', {
    code: `${codePrefix}_BAD_STREAM`,
    remedy: 'Check that the address is that of an API which streams server-sent events.',
  });
