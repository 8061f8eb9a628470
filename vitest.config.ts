import { defineConfig } from 'vitest/config';

// "fast" is `npm test`; "slow" holds the longer proofs (*.slow.test.ts) that only `npm run test:all` runs.
const shared = {
  pool: 'forks' as const,
  testTimeout: 20_000,
  hookTimeout: 30_000,
  setupFiles: [] as string[],
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.slow.test.ts'],
        },
      },
      { test: { ...shared, name: 'slow', include: ['test/**/*.slow.test.ts'], testTimeout: 300_000 } },
    ],
  },
});
