/** Decoders that wait for a speaker: one is always kept ready, and those given back are used again. */
import type { Decoder } from 'soundswallower';
import type { Engine } from './engine.ts';

/** More than this many idle decoders (10 MB each) are freed. */
const MAX_IDLE = 4;

export class DecoderPool {
  readonly #engine: Engine;
  readonly #idle: Decoder[] = [];
  #making: Promise<void> = Promise.resolve();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Makes decoders, one after another, until `count` are idle. */
  async reserve(count: number): Promise<void> {
    this.#making = this.#making.then(async () => {
      while (this.#idle.length < count) this.#idle.push(await this.#engine.makeDecoder());
    });
    await this.#making;
  }

  async take(): Promise<Decoder> {
    for (;;) {
      const decoder = this.#idle.pop();
      if (decoder) return decoder;
      await this.reserve(1);
    }
  }

  /** Takes a stopped decoder back. What it learnt of the speaker's voice is forgotten. */
  async giveBack(decoder: Decoder): Promise<void> {
    if (this.#idle.length >= MAX_IDLE) {
      decoder.delete();
      return;
    }
    await decoder.reinitialize_audio();
    this.#idle.push(decoder);
  }
}
