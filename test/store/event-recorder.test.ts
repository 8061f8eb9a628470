import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openEventRecorder } from '../../src/store/event-recorder.ts';

let dir: string;
const logged: Record<string, unknown>[] = [];
const log = pino({ base: null }, { write: (line: string) => logged.push(JSON.parse(line)) });
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parley-events-'));
  logged.length = 0;
});
afterEach(async () => await rm(dir, { recursive: true, force: true }));

it('keeps every line in order, those before the file was there too', async () => {
  const recorder = openEventRecorder({ dir: join(dir, 'new'), name: 'talk', log });
  for (let i = 0; i < 100; i++) recorder.write(String(i));
  recorder.close();
  recorder.write('too late');
  await vi.waitFor(async () => {
    const text = await readFile(join(dir, 'new', 'talk.jsonl'), 'utf8');
    expect(text).toBe(Array.from({ length: 100 }, (_, i) => `${i}\n`).join(''));
  });
  expect(logged).toEqual([]);
});

it('tells once, with the remedy, that it cannot be written, and lets the talk go on', async () => {
  await writeFile(join(dir, 'file'), '');
  const recorder = openEventRecorder({ dir: join(dir, 'file'), name: 'talk', log });
  recorder.write('a');
  await vi.waitFor(() => expect(logged).toHaveLength(1));
  expect(logged[0]).toMatchObject({ level: 50, remedy: expect.stringContaining('EVENT_LOG_DIR') });
  expect(JSON.stringify(logged)).not.toContain('"a"');
  recorder.write('b');
  recorder.close();
  expect(await readdir(dir)).toEqual(['file']);
});
