import { describe, expect, it } from 'vitest';
import { bytesToPcm, pcmToBytes } from '../../src/audio/pcm.ts';

describe('Bytes as PCM', () => {
  it.each([0, 1, 2, 3])('are the same from any place in memory: %i', (offset) => {
    const pcm = Int16Array.from([1, -2, 300, -32_768]);
    const memory = Buffer.alloc(64, 0x55);
    pcmToBytes(pcm).copy(memory, offset);
    expect(bytesToPcm(memory.subarray(offset, offset + 8))).toEqual(pcm);
    // An odd last byte is dropped.
    expect(bytesToPcm(memory.subarray(offset, offset + 7))).toEqual(pcm.subarray(0, 3));
  });
});
