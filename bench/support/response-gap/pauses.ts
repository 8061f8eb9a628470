/** How long people pause inside a turn: the published shares of pauses that outlast a silence timer. */

/** Of the pauses, the share that lasts longer than so many ms; between the points the hazard is constant. */
const OUTLASTS: readonly { ms: number; share: number }[] = [
  // Shorter ones are no pauses but stops inside the words.
  { ms: 100, share: 1 },
  { ms: 300, share: 0.56 },
  { ms: 600, share: 0.22 },
  { ms: 1_600, share: 0.05 },
];

/** The share of pauses longer than `ms`. */
export function outlasting(ms: number): number {
  const [from, to] = pieceOf((_, next) => ms < next.ms);
  return Math.min(1, from.share * (to.share / from.share) ** ((ms - from.ms) / (to.ms - from.ms)));
}

/** The pause, in ms, that is outlasted by the share `rest` of all: above 0, at most 1. */
export function pauseOf(rest: number): number {
  const [from, to] = pieceOf((_, next) => rest > next.share);
  return from.ms + ((to.ms - from.ms) * Math.log(rest / from.share)) / Math.log(to.share / from.share);
}

/** The first piece that fits; the last one goes on for ever. */
function pieceOf(
  fits: (from: { ms: number; share: number }, to: { ms: number; share: number }) => boolean,
): [{ ms: number; share: number }, { ms: number; share: number }] {
  for (let i = 1; i < OUTLASTS.length - 1; i++) {
    if (fits(OUTLASTS[i - 1]!, OUTLASTS[i]!)) return [OUTLASTS[i - 1]!, OUTLASTS[i]!];
  }
  return [OUTLASTS.at(-2)!, OUTLASTS.at(-1)!];
}
