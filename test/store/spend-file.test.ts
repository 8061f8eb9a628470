/** What was spent today survives a restart, and a broken file does not stop the program. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { NO_USAGE } from '../../src/money/usage.ts';
import { openSpendFile } from '../../src/store/spend-file.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

let dataDir: string;
const clock = new VirtualClock();
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'parley-spend-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const open = () => openSpendFile({ dataDir, clock, log: silentLog });
const spend = (characters: number) => ({
  day: '2026-11-23',
  guilds: { '1': { 'elevenlabs/eleven_flash_v2_5': { ...NO_USAGE, characters } } },
});

it('is there again after a restart', async () => {
  const file = await open();
  expect(file.earlier).toBeNull();
  file.save(spend(10));
  file.save(spend(25));
  await file.close();
  expect((await open()).earlier).toEqual(spend(25));
});

it('is written at most every second', async () => {
  const file = await open();
  file.save(spend(10));
  expect(clock.pending).toBe(1);
  file.save(spend(11));
  expect(clock.pending).toBe(1);
  await clock.advance(1_000);
  expect(clock.pending).toBe(0);
  await file.close();
  expect((await open()).earlier).toEqual(spend(11));
});

it('nothing is written after the end', async () => {
  const file = await open();
  await file.close();
  file.save(spend(10));
  expect(clock.pending).toBe(0);
  expect((await open()).earlier).toBeNull();
});

it.each(['', '{', '{"version":2}', '{"version":1,"day":"today","guilds":{}}'])(
  'a file of %j counts as none',
  async (text) => {
    writeFileSync(join(dataDir, 'spend.json'), text);
    const file = await open();
    expect(file.earlier).toBeNull();
    file.save(spend(1));
    await file.close();
    expect(readFileSync(join(dataDir, 'spend.json'), 'utf8')).toContain('"characters":1');
  },
);
