import { describe, expect, it } from 'vitest';
import { serverSentEvents } from '../../../src/providers/wire/sse.ts';
import { seededRandom } from '../../support/random.ts';

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part;
}
const read = async (...parts: (string | Uint8Array)[]) =>
  (await Array.fromAsync(serverSentEvents(chunks(...parts), 'LLM'))).map(({ event, data }) => [event, data]);

describe('Server-sent events', () => {
  it('are the same however their bytes are cut', async () => {
    const random = seededRandom(5);
    const bytes = new TextEncoder().encode(
      'event: a\ndata: {"t":"é — “ü”"}\n\n: note\n\ndata: 1\r\ndata: 2\r\n\r\n',
    );
    for (let run = 0; run < 200; run++) {
      const parts: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; ) {
        const length = 1 + Math.floor(random() * 9);
        parts.push(bytes.subarray(at, at + length));
        at += length;
      }
      expect(await read(...parts)).toEqual([
        ['a', '{"t":"é — “ü”"}'],
        [undefined, '1\n2'],
      ]);
    }
  });

  it('may lack the empty line at the end, but not half of their data', async () => {
    expect(await read('data: [DONE]')).toEqual([[undefined, '[DONE]']]);
    expect(await read('data: {"a":1}\n')).toEqual([[undefined, '{"a":1}']]);
    expect(await read('data: 1\n\ndata: {"a":')).toEqual([[undefined, '1']]);
  });

  it('end some time', async () => {
    const endless = async () => await read('data: ', 'x'.repeat(600_000), 'x'.repeat(600_000));
    await expect(endless()).rejects.toMatchObject({ code: 'LLM_BAD_STREAM' });
  });
});
