/** When the packets of voiced frames got through to the ear, for turns that ask for it once they have ended. */

/** A voiced frame is confirmed at most 200 ms after it came, with every later frame known by then. */
const MAX_FRAMES = 32;
/** 20 s of voiced frames: more than anybody says between the end of a turn and the end of its answer. */
const MAX_VOICED = 1_000;

export class RepairLog {
  /** By arrival, oldest first. */
  readonly #frames = new Map<number, number>();
  readonly #voiced = new Map<number, number>();

  /** A frame whose packet came at `arrivedMs` and waited for others until `releasedMs`. */
  frame(arrivedMs: number, releasedMs: number): void {
    put(this.#frames, arrivedMs, Math.max(releasedMs, this.#frames.get(arrivedMs) ?? releasedMs), MAX_FRAMES);
  }

  /** The frame that came at `arrivedMs` was voiced. */
  voiced(arrivedMs: number): void {
    const releasedMs = this.#frames.get(arrivedMs);
    if (releasedMs !== undefined) put(this.#voiced, arrivedMs, releasedMs, MAX_VOICED);
  }

  /** Until when the voiced frame that came at `arrivedMs` waited; undefined when that is not known. */
  releasedMs(arrivedMs: number): number | undefined {
    return this.#voiced.get(arrivedMs);
  }
}

function put(map: Map<number, number>, key: number, value: number, max: number): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
