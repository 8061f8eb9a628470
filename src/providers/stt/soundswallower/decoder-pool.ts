/**
 * Decoders that wait for a speaker: one is always kept ready, and those given back are used again. None is ever freed,
 * as the engine loses 7 MB with each; there are as many as there were speakers at once.
 */
import type { Decoder } from 'soundswallower';
import type { Engine } from './engine.ts';

export class DecoderPool {
  readonly #engine: Engine;
  readonly #idle: Decoder[] = [];
  /** Makes and takes back one decoder after another, so that none is made while one is on its way back. */
  #work: Promise<void> = Promise.resolve();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Makes decoders until `count` are idle. */
  async reserve(count: number): Promise<void> {
    await this.#enqueue(async () => {
      while (this.#idle.length < count) this.#idle.push(await this.#engine.makeDecoder());
    });
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
    await this.#enqueue(async () => {
      await decoder.reinitialize_audio();
      this.#idle.push(decoder);
    });
  }

  async #enqueue(task: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(task);
    await this.#work;
  }
}
