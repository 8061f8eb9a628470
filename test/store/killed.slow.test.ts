/** A process that is killed has stored every turn that ended two seconds before. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { databases } from '../support/databases.ts';
import { openAt } from './rig.ts';

const WRITER = fileURLToPath(new URL('../support/turn-writer.ts', import.meta.url));

it.each(databases)('killed while it stores turns in %s', async (_name, make) => {
  const empty = await make();
  const child = spawn(process.execPath, [WRITER, JSON.stringify(empty.place)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const added: { id: string; atUnixMs: number }[] = [];
  let rest = '';
  let killedAtUnixMs = 0;
  child.stdout.on('data', (data) => {
    const lines = `${rest}${data}`.split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const [id = '', at] = line.split(' ');
      added.push({ id, atUnixMs: Number(at) });
    }
    const [first, last] = [added[0], added.at(-1)];
    if (first && last && last.atUnixMs - first.atUnixMs > 3_500 && killedAtUnixMs === 0) {
      killedAtUnixMs = Date.now();
      child.kill('SIGKILL');
    }
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string];
  expect(signal).toBe('SIGKILL');
  const due = added.filter(({ atUnixMs }) => atUnixMs < killedAtUnixMs - 2_000).map(({ id }) => id);
  expect(due.length).toBeGreaterThan(20);
  const store = await openAt(empty.place);
  const kept = await store.records.list(
    { guildId: 'guild', sinceUnixMs: 0, untilUnixMs: killedAtUnixMs + 1 },
    10_000,
  );
  await store.close();
  await empty.drop();
  expect(kept.map(({ id }) => id).slice(0, due.length)).toEqual(due);
});
