/** `npm run loopback` that cannot do as it is told says so, and ends. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/loopback/main.ts', import.meta.url));

it.each([
  [['--talk', '/nowhere.wav'], 1, /ENOENT[\s\S]+npm run loopback -- --help/],
  [['--knob', 'nothing=1'], 1, /no knob nothing/],
  [['--help'], 0, /--talk WHAT/],
])('ends by itself with %j', (args, code, output) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  expect(status).toBe(code);
  expect(stdout + stderr).toMatch(output);
});
