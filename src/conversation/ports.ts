/** What a conversation needs of the outside: Ears (what each speaker says) and Mouth (what the agent says). */

export type EarsEvent =
  /**
   * 20 ms of one speaker: 320 samples at 16 kHz, in RTP order. `arrivedMs` is when its packet arrived, which for a
   * concealed frame is when the packet after the hole did; `releasedMs` is when it no longer waited for packets before
   * it, absent where that is not known. The memory is the listener's to keep.
   */
  | {
      type: 'frame';
      speakerId: string;
      pcm: Int16Array;
      arrivedMs: number;
      releasedMs?: number;
      concealed: boolean;
    }
  /** Discord's end-of-talk silence frames began: the client closed its voice gate or its key was released. */
  | { type: 'talkEnded'; speakerId: string; arrivedMs: number }
  /** The speaker left the channel, or withdrew consent: forget what was said and not yet answered. */
  | { type: 'gone'; speakerId: string };

export interface Ears {
  /** One listener at a time; returns the unsubscribe function. */
  listen(listener: (event: EarsEvent) => void): () => void;
  nameOf(speakerId: string): string;
  /** The people in the room, heard or not: no bots. */
  people(): readonly { id: string; name: string }[];
}

/** How much of an answer left for the room. */
export interface Played {
  /** Milliseconds of PCM (after trimming) whose frames were sent. */
  playedMs: number;
  /** Milliseconds of leading silence that were dropped: the room is `trimmedMs + playedMs` into what was written. */
  trimmedMs: number;
  /** All that was written was sent and `end()` had been called. */
  complete: boolean;
}

export interface SpeechEvents {
  /** The first 20 ms frame was handed to the socket. */
  onFirstFrame(atMs: number): void;
  /** The first frame that begins at least 60 ms of sound at -45 dBFS or more was handed to the socket. */
  onFirstAudible(atMs: number): void;
  /** A frame of PCM was sent: the speech is alive. */
  onProgress?(): void;
  /** After the last frame was sent, or the connection was lost, or another speech began: once; not after `stop()`. */
  onDone(atMs: number, played: Played): void;
}

/**
 * One thing the agent says. Speeches do not overlap: beginning one stops the one before. Every call takes effect with
 * the next frame, 20 ms later at the most, and none does anything once the speech is done or stopped.
 */
export interface Speech {
  /** Appends mono PCM at the rate given to `begin`, any length; leading silence of the whole is trimmed. */
  write(pcm: Int16Array): void;
  /** No more PCM: plays out, then five silence frames. */
  end(): void;
  /** Lowers the voice by 12 dB, within one frame, until `unduck()` or `pause()`. */
  duck(): void;
  unduck(): void;
  /**
   * No frame leaves until `resume()`: five silence frames, then nothing, and the agent is not shown as speaking.
   * Writing goes on. A speech that has nothing left to say, or loses its connection, is done all the same. A duck ends.
   */
  pause(): void;
  /** Goes on with exactly the next frame, as soon as 20 ms have passed since the last packet. */
  resume(): void;
  /** No frame of it leaves after this call but the silence frames. */
  stop(): Played;
}

/** How somebody pauses, as far as talks have taught it. */
export interface LearnedRhythm {
  /** Mean pause after incomplete phrases. */
  pauseMs: number;
  /** Pause after phrases that looked complete and were not. */
  afterCompleteMs: number;
}

/** Keeps it from one talk to the next. */
export interface Rhythms {
  /** Null of somebody new. Rejects with a ParleyError when it cannot be read. */
  of(speakerId: string): Promise<LearnedRhythm | null>;
  /** Never waits and never throws. */
  learned(speakerId: string, rhythm: LearnedRhythm): void;
}

export interface Mouth {
  begin(sampleRate: number, events: SpeechEvents): Speech;
}
