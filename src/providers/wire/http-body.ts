/** The body of a reply: read in pieces, then either run out, which keeps its connection, or cut off. */
import type { Readable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';

/** A reply that says it is over and yet does not end loses its connection after this. */
const RUN_OUT_MS = 250;

export class HttpBody implements AsyncIterable<Uint8Array> {
  readonly #body: Readable;
  readonly #clock: Clock;
  readonly #failure: (error: unknown) => unknown;

  /** @param failure what to throw instead of an error of the stream. */
  constructor(body: Readable, clock: Clock, failure: (error: unknown) => unknown) {
    this.#body = body;
    this.#clock = clock;
    this.#failure = failure;
    // An abort after the last read has no other listener.
    body.on('error', () => undefined);
  }

  /** Read it once. Leaving the loop early neither ends the body nor frees it: `finish()` or `cancel()` does. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#body.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** All of it as text, cut off after `limit` bytes. */
  async text(limit: number): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    let bytes = 0;
    for await (const chunk of this) {
      text += decoder.decode(chunk.subarray(0, limit - bytes), { stream: true });
      bytes += chunk.length;
      if (bytes < limit) continue;
      this.cancel();
      break;
    }
    return text + decoder.decode();
  }

  /** Lets what is left run out in the background, so that the connection can be used again. */
  finish(): void {
    const body = this.#body;
    if (body.destroyed || body.readableEnded) return;
    const timer = this.#clock.setTimer(RUN_OUT_MS, () => body.destroy());
    body.once('close', () => timer.cancel());
    body.resume();
  }

  /** Ends it at once, with its connection. */
  cancel(): void {
    this.#body.destroy();
  }
}
