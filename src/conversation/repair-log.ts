/** How the packets of voiced frames got through to the ear, for turns that ask for it once they have ended. */

/** When a packet arrived, and until when it waited for those before it. */
export interface Passage {
  arrivedMs: number;
  releasedMs: number;
}

/** A voiced frame is confirmed at most 200 ms after it came, with every later frame known by then. */
const MAX_FRAMES = 32;
/** 20 s of voiced frames: more than anybody says between the end of a turn and the end of its answer. */
const MAX_VOICED = 1_000;

export class RepairLog {
  /** By arrival; the latest to be told of last. */
  readonly #frames = new Map<number, Passage>();
  readonly #voiced = new Map<number, Passage>();
  #latestMs = Number.NEGATIVE_INFINITY;

  /** The next frame in the order of speech. */
  frame(passage: Passage): void {
    put(this.#frames, passage.arrivedMs, passage, MAX_FRAMES);
  }

  /** The frame that came at `arrivedMs` was voiced; to be told in the order of speech. */
  voiced(arrivedMs: number): void {
    const passage = this.#frames.get(arrivedMs);
    if (!passage) return;
    put(this.#voiced, arrivedMs, passage, MAX_VOICED);
    // It was overtaken by one before it in the order of speech, which is what the end of speech is counted from.
    if (arrivedMs < this.#latestMs) put(this.#voiced, this.#latestMs, passage, MAX_VOICED);
    this.#latestMs = Math.max(this.#latestMs, arrivedMs);
  }

  /**
   * The passage of the last voiced frame, in the order of speech, when none had come later than at `latestMs`; undefined
   * when that is not known.
   */
  passage(latestMs: number): Passage | undefined {
    return this.#voiced.get(latestMs);
  }
}

function put(map: Map<number, Passage>, key: number, value: Passage, max: number): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
