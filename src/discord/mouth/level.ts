/** How loud the agent speaks: every change is a ramp, since a step in the signal would be heard as a click. */

/** -12 dB: another voice is understood over it, and the answer can still be followed. */
const DUCKED_GAIN = 0.25;
/** After silence the voice fades in over this share of a frame: 5 ms. */
const FADE_IN_SHARE = 0.25;

export class Level {
  /** At the end of the last frame. */
  #gain = 1;
  #target = 1;

  duck(): void {
    this.#target = DUCKED_GAIN;
  }

  unduck(): void {
    this.#target = 1;
  }

  /** Brings the next 20 ms frame, in place, from the level of the frame before to the level wanted now. */
  apply(frame: Int16Array, { afterSilence }: { afterSilence: boolean }): void {
    const from = afterSilence ? 0 : this.#gain;
    const to = this.#target;
    this.#gain = to;
    if (from === 1 && to === 1) return;
    const ramp = afterSilence ? frame.length * FADE_IN_SHARE : frame.length;
    for (let i = 0; i < frame.length; i++) {
      const gain = i < ramp ? from + ((to - from) * (i + 1)) / ramp : to;
      frame[i] = Math.round(frame[i]! * gain);
    }
  }
}
