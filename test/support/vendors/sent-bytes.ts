/** A streamed body as networks deliver it: late, in odd pieces, cut off. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../src/base/clock.ts';

export interface ByteFault {
  /** From the request to the head of the answer. */
  headMs?: number;
  /** From the head to the first byte. */
  firstByteMs?: number;
  /** Between two pieces. */
  everyMs?: number;
  /** An odd number splits samples. */
  pieceBytes?: number;
  /** After so many pieces: the connection is dropped, or nothing more comes. */
  breakAfter?: { pieces: number; how: 'drop' | 'stall' };
}

export async function sendBytes(
  response: ServerResponse,
  bytes: Buffer,
  fault: ByteFault,
  clock: Clock,
): Promise<void> {
  const gone = once(response, 'close');
  const wait = async (ms = 0) => {
    if (ms === 0) return;
    let timer: ReturnType<Clock['setTimer']> | undefined;
    const over = new Promise<void>((resolve) => {
      timer = clock.setTimer(ms, resolve);
    });
    await Promise.race([over, gone]);
    timer?.cancel();
  };
  await wait(fault.headMs);
  response.setHeader('content-type', 'audio/pcm');
  response.flushHeaders();
  await wait(fault.firstByteMs);
  const size = fault.pieceBytes ?? 4_096;
  for (let piece = 0; piece * size < bytes.length; piece++) {
    if (piece === fault.breakAfter?.pieces) {
      if (fault.breakAfter.how === 'drop') response.destroy();
      return;
    }
    if (piece > 0) await wait(fault.everyMs);
    if (response.destroyed) return;
    response.write(bytes.subarray(piece * size, (piece + 1) * size));
  }
  response.end();
}
