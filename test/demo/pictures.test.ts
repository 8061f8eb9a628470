/** Pictures that a demo keeps: the talk as a terminal shows it, and what /latency answered with. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepPictures } from '../../src/demo/pictures.ts';
import type { Loopback, Person } from '../../src/loopback/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-pictures-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const keep = async (files: (name: string) => unknown[]) => {
  const command = async (_: Person, { subcommand }: { subcommand: string }) => ({
    text: 'words',
    files: files(`latency-${subcommand}.png`),
  });
  const talk = [
    '1. Ann: "a < b & c"\n    ▕██░░▏  253 ms  \u001b[1mParley\u001b[22m: "Yes."',
    '',
    '  2 turns',
  ];
  const loopback = { command } as unknown as Loopback;
  return await keepPictures(join(folder, 'new'), {
    loopback,
    person: {} as Person,
    talk,
    typed: 'npm run demo',
  });
};

it('keeps the talk, and each picture with its description', async () => {
  const kept = await keep((name) => [{ name, data: Buffer.from(name), description: 'what it shows' }]);
  expect(kept).toEqual([
    'demo.svg',
    'latency-now.png: what it shows',
    'latency-stats.png: what it shows',
    'latency-history.png: what it shows',
  ]);
  expect(await readFile(join(folder, 'new', 'latency-stats.png'), 'utf8')).toBe('latency-stats.png');
  const svg = await readFile(join(folder, 'new', 'demo.svg'), 'utf8');
  expect(svg).toContain('<tspan x="18.0">1. Ann: &quot;a &lt; b &amp; c&quot;</tspan>');
  // The bar stands out, and the answer keeps its column.
  expect(svg).toMatch(/<tspan x="51\.7" fill="#57c785">▕██░░▏ {2}253 ms<\/tspan><tspan x="186\.6">Parley: /);
  expect(svg).not.toContain('\u001b');
  expect(svg).toContain('>npm run demo</text>');
});

it('fails when an answer came without a picture', async () => {
  await expect(keep(() => [])).rejects.toThrow('/latency now came without a picture: words');
});
