/** Distributions of delays, given by the quantiles that were published. All values are ms. */

export type Distribution =
  | { shape: 'lognormal'; p50: number; p95: number }
  | { shape: 'uniform'; from: number; to: number }
  | { shape: 'none' };

export const lognormal = (p50: number, p95: number): Distribution => ({ shape: 'lognormal', p50, p95 });
export const uniform = (from: number, to: number): Distribution => ({ shape: 'uniform', from, to });
export const none: Distribution = { shape: 'none' };

/** The standard normal quantile of 0.95. */
const Z95 = 1.6448536269514722;

/** One value of the distribution. Takes two numbers of `random` (0 to 1), whatever the shape. */
export function draw(distribution: Distribution, random: () => number): number {
  const [a, b] = [random(), random()];
  switch (distribution.shape) {
    case 'none':
      return 0;
    case 'uniform':
      return distribution.from + a * (distribution.to - distribution.from);
    case 'lognormal': {
      const { p50, p95 } = distribution;
      return p50 * Math.exp((Math.log(p95 / p50) / Z95) * standardNormal(a, b));
    }
  }
}

/** Two even numbers make a normal one (Box and Muller). */
function standardNormal(a: number, b: number): number {
  return Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
}
