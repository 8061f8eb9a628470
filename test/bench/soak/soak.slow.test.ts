/** A few seconds of the soak: it runs, its counts agree, and nothing is missed. */
import { expect, it } from 'vitest';
import { render, run } from '../../../bench/soak.ts';

it('accounts for everything that was said', async () => {
  const result = await run({ args: ['--minutes', '0.2'], progress: () => undefined });
  const { turns, answered, unanswered, missed, utterances } = result;
  const refused = Object.values(unanswered).reduce((sum, n) => sum + n, 0);
  expect(turns).toBe(answered + refused + missed);
  expect(answered).toBeGreaterThan(0);
  expect(utterances).toBeGreaterThanOrEqual(turns);
  expect(result).toMatchObject({ missed: 0, crashes: 0, opCode4Sends: 1 });
  expect(render(result)).toContain(`${turns} turns: ${answered} answered, 0 missed`);
});

it('refuses a length that is none', async () => {
  await expect(run({ args: ['--minutes', 'x'], progress: () => undefined })).rejects.toMatchObject({
    code: 'WRONG_ARGUMENT',
  });
});
