/** `npm run simulate` and `npm run replay`, as processes. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOptions } from '../../src/simulation/options.ts';
import { playRandomTalk } from '../../src/simulation/random-talk.ts';
import { logHeader, logLine, parseEventLog } from '../../src/turn/event-log.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-replay-'));
});
afterAll(() => rm(folder, { recursive: true }));

function run(program: 'main' | 'replay', ...args: string[]) {
  const path = fileURLToPath(new URL(`../../src/simulation/${program}.ts`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { cwd: folder });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += String(data);
  });
  child.stderr.on('data', (data) => {
    stderr += String(data);
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('simulate', () => {
  it('prints one JSON object, and writes the log of a conversation that can be replayed', async () => {
    const simulated = await run(
      'main',
      '--conversations',
      '3',
      '--seed',
      '7',
      '--json',
      '--log',
      'talk.jsonl',
    );
    expect(simulated).toMatchObject({ code: 0, stderr: '' });
    const result: unknown = JSON.parse(simulated.stdout);
    expect(result).toMatchObject({ conversations: 3, violations: 0 });
    for (const key of [
      'turns',
      'bargeIns',
      'faultsInjected',
      'seconds',
      'speculationHits',
      'resumes',
      'overheard',
    ]) {
      expect(result).toHaveProperty(key, expect.any(Number));
    }

    const log = parseEventLog(await readFile(join(folder, 'talk.jsonl'), 'utf8'));
    const replayed = await run('replay', 'talk.jsonl');
    expect(replayed).toMatchObject({ code: 0, stderr: '' });
    expect(replayed.stdout).toMatch(/^ +0\.000 s {2}in the room: /);
    expect(replayed.stdout).toMatch(/turn 1 of \w+, .*, ended \d+ ms after the last sound/);

    const states = (await run('replay', 'talk.jsonl', '--json')).stdout.trim().split('\n');
    expect(states).toHaveLength('events' in log ? log.events.length : -1);
    expect(JSON.parse(states.at(-1)!)).toMatchObject({ state: { floor: { phase: 'free' }, speakers: {} } });
  });

  it('says what is right when it is asked wrongly', async () => {
    const { code, stdout, stderr } = await run('main', '--log', '/no/such/folder/talk.jsonl');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^The log could not be written to .*Give --log a file that can be written\.\n$/);
    expect(() => readOptions(['--conversations', 'many'])).toThrow('--conversations is a whole number');
    expect(() => readOptions(['--sed', '1'])).toThrow("'--sed'");
    expect(readOptions([])).toEqual({ conversations: 20_000, seed: 1, json: false, log: null });
  });
});

/** The lines of a log with nothing wrong in it. */
function goodLog(): string[] {
  const { room, turn } = playRandomTalk(1);
  return [logHeader(turn), ...room.recording.events.map(logLine)];
}

describe('replay', () => {
  it('names the line of a log that is corrupt, and no more', async () => {
    const lines = goodLog();
    const header = lines[0]!.replace(/"agentNames":\[[^\]]*\]/, '"agentNames":[1,2]');
    await writeFile(join(folder, 'corrupt.jsonl'), [header, ...lines.slice(1)].join('\n'));
    lines[4] = lines[4]!.slice(0, 10);
    await writeFile(join(folder, 'cut.jsonl'), lines.join('\n'));
    expect(await run('replay', 'cut.jsonl')).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: 'cut.jsonl, line 5: it is not JSON. Cut the log before that line, or record it again.\n',
    });
    expect(await run('replay', 'corrupt.jsonl')).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: 'corrupt.jsonl, line 1: the option agentNames has no proper value. Record it again.\n',
    });
  });

  it('reports a clock that goes back, and tells the story all the same', async () => {
    const lines = goodLog();
    const event = JSON.parse(lines[10]!) as { atMs: number };
    lines[10] = JSON.stringify({ ...event, atMs: event.atMs - 5_000 });
    await writeFile(join(folder, 'jumps.jsonl'), lines.join('\n'));
    const { code, stdout, stderr } = await run('replay', 'jumps.jsonl');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^jumps\.jsonl, line 11: the clock goes back by [\d.]+ ms\n$/);
    expect(stdout).toContain('in the room');
  });

  it('says what it needs', async () => {
    expect(await run('replay')).toMatchObject({ code: 1, stderr: expect.stringContaining('replay -- FILE') });
    expect(await run('replay', 'nothing.jsonl')).toMatchObject({
      ...{ code: 1, stderr: 'nothing.jsonl cannot be read. Give the path of an event log.\n' },
    });
  });
});
