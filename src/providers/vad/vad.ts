/** Voice activity detection: confirms that a stretch of sound is speech. Energy dates it, elsewhere. */

/** One speaker's detector. Synchronous and cheap (about 0.1 ms a frame). */
export interface VadSession {
  /** One 20 ms frame (320 samples at 16 kHz). Returns whether speech is confirmed as of this frame. */
  accept(frame: Int16Array): boolean;
  reset(): void;
  /** Gives the detector back to its pool. */
  close(): void;
}

export interface VadPool {
  /** Takes a ready detector; makes one on the spot (tens of ms) only when the pool is empty. */
  take(): VadSession;
  /**
   * Makes detectors until `count` are free: one for each person who may begin to speak. Blocks for tens of ms a
   * detector, so it is called when people join, never on first speech.
   */
  reserve(count: number): void;
  close(): void;
}

export interface VoiceActivityDetector {
  readonly name: string;
  /** Loads the model and fills the pool. Rejects with a ParleyError. */
  load(): Promise<VadPool>;
}
