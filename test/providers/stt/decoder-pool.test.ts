import type { Decoder } from 'soundswallower';
import { describe, expect, it } from 'vitest';
import { DecoderPool } from '../../../src/providers/stt/soundswallower/decoder-pool.ts';
import { settle } from '../../support/virtual-clock.ts';

function fakePool() {
  const made: (Decoder & { forgotten: number })[] = [];
  const pool = new DecoderPool({
    async makeDecoder() {
      await settle();
      const decoder = {
        forgotten: 0,
        async reinitialize_audio() {
          await settle();
          decoder.forgotten++;
        },
      };
      made.push(decoder as unknown as Decoder & { forgotten: number });
      return made.at(-1)!;
    },
  });
  return { pool, made };
}

describe('DecoderPool', () => {
  it('makes as many as are reserved, and one more only when none is idle', async () => {
    const { pool, made } = fakePool();
    await Promise.all([pool.reserve(2), pool.reserve(1)]);
    expect(made).toHaveLength(2);
    const taken = await Promise.all([pool.take(), pool.take(), pool.take()]);
    expect(made).toHaveLength(3);
    expect(new Set(taken).size).toBe(3);
  });

  it('hands a decoder on only after it forgot the speaker', async () => {
    const { pool, made } = fakePool();
    await pool.reserve(1);
    const decoder = await pool.take();
    const back = pool.giveBack(decoder);
    const next = await pool.take();
    await back;
    expect(next).toBe(decoder);
    expect(made[0]!.forgotten).toBe(1);
    expect(made).toHaveLength(1);
  });

  it('makes no more than there were speakers at once, however often they come and go', async () => {
    const { pool, made } = fakePool();
    await pool.reserve(2);
    for (let i = 0; i < 50; i++) {
      const [one, two] = [await pool.take(), await pool.take()];
      void pool.giveBack(one);
      void pool.giveBack(two);
      await pool.reserve(1);
    }
    expect(made).toHaveLength(2);
  });
});
