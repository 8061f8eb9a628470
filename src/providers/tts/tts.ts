/** Text to speech: one connection per voice channel, one reply per answer draft, spoken clause by clause. */

/** When a word is spoken, in ms from the beginning of its clause's audio. */
export interface TtsWord {
  text: string;
  startMs: number;
  endMs: number;
}

export interface TtsChunk {
  /** Signed 16-bit mono at the connection's `sampleRate`. */
  pcm: Int16Array;
  /** Which clause (0-based, in order of `speak`) this audio belongs to. */
  clause: number;
  /** True on the last chunk of its clause. */
  last: boolean;
  /** With a reply's first: how long it waited for a connection that had to be opened, in ms. */
  connectMs?: number;
  /** Words of this clause not told of before, in order; absent when the voice gives no timings. */
  words?: readonly TtsWord[];
}

export interface TtsReply {
  /** Text to say next; audio of successive clauses comes in order. */
  speak(clause: string): void;
  /** No more clauses: `audio` ends after the last one. */
  end(): void;
  /** Drops everything not yet yielded; `audio` ends. */
  cancel(): void;
  /** Read once. Throws a ParleyError when the voice fails. */
  readonly audio: AsyncIterable<TtsChunk>;
}

export interface TtsConnection {
  /** 16000, 24000 or 48000 Hz. */
  readonly sampleRate: number;
  /**
   * Characters that the vendor was given so far, those of a second try included, refused ones not; absent where each
   * clause is given once.
   */
  readonly givenCharacters?: number | undefined;
  warm(): void;
  reply(draftId: string): TtsReply;
  close(): Promise<void>;
}

export interface TextToSpeech {
  readonly name: string;
  /** The vendor's id of the model in use; absent where there is but one. */
  readonly model?: string;
  /** Where what it is given goes, for people: "on this machine", "ElevenLabs, in the USA". */
  readonly place: string;
  connect(signal: AbortSignal): Promise<TtsConnection>;
  /** Tries it out with a word or two, which cost that much: ms to the first audio over a cold and a warm connection. */
  probe?(signal: AbortSignal): Promise<{ coldMs: number; warmMs: number }>;
}
