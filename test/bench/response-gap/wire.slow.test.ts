/** The benchmark over sockets: it runs, and accounts for all turns. */
import { expect, it } from 'vitest';
import { measureWire } from '../../../bench/support/response-gap/wire/wire.ts';

it.each(['best', 'claude'] as const)('tells what became of each turn of %s', async (name) => {
  const { profiles } = await measureWire({
    ...{ turns: 4, conversations: 2, seed: 1, profiles: [name], connections: false },
    progress: () => undefined,
  });
  const { n, answered, unanswered, missed, wire, virtual } = profiles[name]!;
  expect({ n, sum: answered + unanswered + missed, missed }).toEqual({ n: 4, sum: 4, missed: 0 });
  expect(answered).toBeGreaterThan(0);
  // Never sooner than the parts that delay allow: a median below that would be no answer to what was said.
  expect(wire.p50).toBeGreaterThan(virtual.p50! / 2);
});
