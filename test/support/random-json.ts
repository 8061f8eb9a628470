/** Random JSON values, seeded: what a broken or hostile peer may send where anything else is expected. */

const WORDS = ['', 'x', '0', '-1', '127.0.0.1', '__proto__', 'a'.repeat(300), '\u0000', '\ud83d\ude00'];
const NUMBERS = [0, -1, 1, 0.5, 65_536, 2 ** 53, -(2 ** 31), 1e300];

/** Any value of JSON; objects have some of these `fields`. */
export function randomJson(random: () => number, fields: readonly string[], depth = 3): unknown {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const kind = random();
  if (kind < 0.15) return null;
  if (kind < 0.25) return random() < 0.5;
  if (kind < 0.4) return pick(NUMBERS);
  if (kind < 0.55) return pick(WORDS);
  const next = () => randomJson(random, fields, depth - 1);
  if (depth === 0) return [];
  if (kind < 0.65) return Array.from({ length: Math.floor(random() * 4) }, next);
  return Object.fromEntries(
    Array.from({ length: 1 + Math.floor(random() * 5) }, () => [pick(fields), next()]),
  );
}

/** So many bytes of anything. */
export const randomBytes = (random: () => number, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256)));
