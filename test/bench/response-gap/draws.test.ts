/** The delays and pauses of the response-gap benchmark have the quantiles that they were published with. */
import { describe, expect, it } from 'vitest';
import { draw, lognormal, none, uniform } from '../../../bench/support/response-gap/distributions.ts';
import { outlasting, pauseOf } from '../../../bench/support/response-gap/pauses.ts';
import { PROFILES, type Profile } from '../../../bench/support/response-gap/profiles.ts';
import { drawTurn, VAD_OFF, VAD_ON } from '../../../bench/support/response-gap/turn-draws.ts';
import { percentile } from '../../../src/latency/percentile.ts';
import { seededRandom } from '../../../src/loopback/random.ts';

const N = 20_000;

function quantiles(next: () => number) {
  const values = Array.from({ length: N }, next).sort((a, b) => a - b);
  return {
    min: values[0]!,
    p5: percentile(values, 5),
    p50: percentile(values, 50),
    p95: percentile(values, 95),
    max: values.at(-1)!,
  };
}

/** Within so many percent: four standard errors of a quantile of 20,000 values are less. */
const near = (actual: number, expected: number, percent: number) =>
  expect(Math.abs(actual - expected) / expected, `${actual} for ${expected}`).toBeLessThan(percent / 100);

describe('a distribution', () => {
  const kinds = ['interim', 'final', 'llm', 'tts'] as const;
  const published = Object.entries<Profile>(PROFILES)
    .filter(([name]) => name !== 'best-raced')
    .flatMap(([name, profile]) => kinds.map((kind) => [`${kind} of ${name}`, profile[kind]] as const));

  it.each(published)('has its quantiles: %s', (_, distribution) => {
    const random = seededRandom(1);
    const { min, p5, p50, p95, max } = quantiles(() => draw(distribution, random));
    if (distribution.shape === 'lognormal') {
      near(p50, distribution.p50, 3);
      near(p95, distribution.p95, 4);
    } else if (distribution.shape === 'uniform') {
      const { from, to } = distribution;
      near(p5, from + 0.05 * (to - from), 3);
      near(p50, (from + to) / 2, 3);
      expect(min).toBeGreaterThanOrEqual(from);
      expect(max).toBeLessThan(to);
    }
  });

  it('takes two chances for a value, whatever its shape', () => {
    for (const distribution of [lognormal(10, 20), uniform(1, 2), none]) {
      let taken = 0;
      draw(distribution, () => {
        taken += 1;
        return 0.5;
      });
      expect(taken).toBe(2);
    }
  });

  it('dates the detector as it was measured', () => {
    expect([VAD_ON, VAD_OFF]).toEqual([uniform(72, 176), uniform(130, 212)]);
  });
});

describe('the draws of a turn', () => {
  it('are the same in whatever order they are asked for', () => {
    const [a, b] = [drawTurn(PROFILES.best, 7), drawTurn(PROFILES.best, 7)];
    const forth = [a.interim(0), a.interim(3), a.vadOn(1)];
    const back = [b.vadOn(1), b.interim(3), b.interim(0)];
    expect(back.reverse()).toEqual(forth);
    expect([b.final, b.llm, b.tts]).toEqual([a.final, a.llm, a.tts]);
    expect(drawTurn(PROFILES.best, 8).llm).not.toBe(a.llm);
  });

  it('share the model of a profile that differs in the voice alone', () => {
    expect(drawTurn(PROFILES['best-coval'], 7).llm).toBe(drawTurn(PROFILES.best, 7).llm);
  });

  it('race two requests: the smaller of two draws, so its median is where a quarter of all draws lie', () => {
    const random = seededRandom(3);
    const one = Array.from({ length: N }, () => draw(PROFILES.best.llm, random)).sort((x, y) => x - y);
    const raced = Array.from({ length: N }, (_, seed) => drawTurn(PROFILES['best-raced'], seed).llm);
    raced.sort((x, y) => x - y);
    near(percentile(raced, 50), percentile(one, 100 * (1 - Math.SQRT1_2)), 3);
  });

  it('add no network to figures that clients took', () => {
    expect(drawTurn(PROFILES.best, 1).network).toBe(0);
    expect(drawTurn(PROFILES.seed, 1).network).toBeGreaterThanOrEqual(20);
  });
});

describe('pauses', () => {
  it.each([
    [100, 1],
    [300, 0.56],
    [600, 0.22],
    [1_600, 0.05],
  ])('longer than %d ms: %d', (ms, share) => {
    expect(outlasting(ms)).toBeCloseTo(share, 10);
    const random = seededRandom(5);
    const longer = Array.from({ length: N }, () => pauseOf(1 - random())).filter((pauseMs) => pauseMs > ms);
    expect(Math.abs(longer.length / N - share)).toBeLessThan(0.015);
  });

  it('have an even hazard between the points, and beyond the last', () => {
    expect(outlasting(450) / outlasting(300)).toBeCloseTo(outlasting(600) / outlasting(450), 10);
    expect(outlasting(2_600) / outlasting(1_600)).toBeCloseTo(0.05 / 0.22, 10);
    for (const rest of [1, 0.7, 0.56, 0.3, 0.1, 0.05, 0.001])
      expect(outlasting(pauseOf(rest))).toBeCloseTo(rest, 10);
  });
});
