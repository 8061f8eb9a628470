/** Voice activity detection: confirms that a stretch of sound is speech. Energy dates it, elsewhere. */

/** One speaker's detector. Synchronous and cheap (about 0.1 ms a frame). */
export interface VadSession {
  /** One 20 ms frame (320 samples at 16 kHz). Returns whether speech is confirmed as of this frame. */
  accept(frame: Int16Array): boolean;
  reset(): void;
  /** Hears nothing any more, and holds nothing of its pool. */
  close(): void;
}

export interface VadPool {
  /** Costs nothing, however many people there are: what is dear is shared among those who make a sound. */
  take(): VadSession;
  close(): void;
}

export interface VoiceActivityDetector {
  readonly name: string;
  /** Loads the model and fills the pool. Rejects with a ParleyError. */
  load(): Promise<VadPool>;
}
