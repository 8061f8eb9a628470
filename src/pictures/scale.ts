/** Axes: where a value lies, and which round values are written beside it. */

const STEPS = [1, 2, 5];

/** The least round step (1, 2 or 5 times a power of ten) that makes at most `most` steps up to `end`. */
function roundStep(end: number, most: number): number {
  for (let power = 1; ; power *= 10) {
    const step = STEPS.find((one) => end / (one * power) <= most);
    if (step !== undefined) return step * power;
  }
}

/** Round values from 0 to `end`, both included when `end` is round itself. */
export function ticks(end: number, most: number): number[] {
  const step = roundStep(end, most);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}

/** The next round value from `value` on, so that an axis ends with a tick. */
export function roundUp(value: number, most: number): number {
  const step = roundStep(value, most);
  return Math.ceil(value / step) * step;
}

/** Maps [fromValue, toValue] to [fromUnits, toUnits]; what lies outside is put on the edge. */
export const scale =
  (fromValue: number, toValue: number, fromUnits: number, toUnits: number) =>
  (value: number): number => {
    const share = (value - fromValue) / (toValue - fromValue || 1);
    return fromUnits + Math.min(1, Math.max(0, share)) * (toUnits - fromUnits);
  };

/** Milliseconds in short: "980 ms", from 10 s on "12.3 s". */
export const shortMs = (ms: number): string =>
  ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
