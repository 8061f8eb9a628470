import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// "fast" and "fast-pure" are `npm test`; "slow" holds the longer proofs (*.slow.test.ts) that only `npm run test:all` runs.
const shared = {
  pool: 'forks' as const,
  testTimeout: 20_000,
  hookTimeout: 30_000,
  setupFiles: [] as string[],
  tags: [{ name: 'fault', description: 'Holds one fault against the agent, which must get over it.' }],
};

// "faults" is `npm run test:faults`: once more what bears the tag, file by file (`// @module-tag fault`) or group by group.
const faultTests = globSync('test/**/*.test.ts').filter((file) =>
  /^\/\/ @module-tag fault$|tags: \['fault'\]/m.test(readFileSync(file, 'utf8')),
);

// What these folders test has no state of its own and starts nothing: their files may share a process, which saves its start.
const pureTests = ['audio', 'base', 'config', 'latency', 'money', 'personas', 'simulation', 'turn'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
const slowTests = 'test/**/*.slow.test.ts';

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [slowTests, 'test/live/**', ...pureTests],
        },
      },
      { test: { ...shared, name: 'fast-pure', include: pureTests, exclude: [slowTests], isolate: false } },
      { test: { ...shared, name: 'slow', include: [slowTests], testTimeout: 300_000 } },
      // Asks real vendors, which costs money: only what `npm run test:live` names.
      { test: { ...shared, name: 'live', include: ['test/live/*.live.test.ts'], testTimeout: 60_000 } },
      { test: { ...shared, name: 'faults', include: faultTests, testTimeout: 300_000 } },
    ],
  },
});
