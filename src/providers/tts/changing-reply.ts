/** One reply of a voice that may be refused: before a sound of it was heard, another voice says the same instead. */
import type { TtsChunk, TtsReply } from './tts.ts';

/** What one voice says of it. */
export interface Part {
  reply: TtsReply;
  /** Nothing more comes of it; may be told twice. */
  over(): void;
  /** Resolves with whether another voice is there by now. */
  refused(error: unknown): Promise<boolean>;
}

export class ChangingReply implements TtsReply {
  readonly audio: AsyncIterable<TtsChunk>;
  readonly #begin: () => Part;
  readonly #clauses: string[] = [];
  #part: Part;
  #ended = false;
  #cancelled = false;

  /** @param begin with the voice that speaks at that time; called a second time at most. */
  constructor(begin: () => Part) {
    this.#begin = begin;
    this.#part = begin();
    this.audio = this.#read();
  }

  speak(clause: string): void {
    this.#clauses.push(clause);
    this.#part.reply.speak(clause);
  }

  end(): void {
    this.#ended = true;
    this.#part.reply.end();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#part.reply.cancel();
    this.#part.over();
  }

  async *#read(): AsyncGenerator<TtsChunk> {
    let heard = false;
    try {
      try {
        for await (const chunk of this.#part.reply.audio) {
          heard = true;
          yield chunk;
        }
        return;
      } catch (error) {
        const another = await this.#part.refused(error);
        if (this.#cancelled) return;
        if (heard || !another) throw error;
      }
      this.#part.over();
      this.#part = this.#begin();
      for (const clause of this.#clauses) this.#part.reply.speak(clause);
      if (this.#ended) this.#part.reply.end();
      yield* this.#part.reply.audio;
    } finally {
      this.#part.over();
    }
  }
}
