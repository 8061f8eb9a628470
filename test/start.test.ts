/** `start.js` runs the program with a Node that can, and otherwise says what to do in one message. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A copy of the checkout with nothing in it but what a test puts there. */
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'parley-start-'));
  copyFileSync(new URL('../start.js', import.meta.url), join(home, 'start.js'));
  put('package.json', '{"type":"module"}');
  // Loaded before start.js: makes this Node say that it is an older one.
  put(
    'pretend.cjs',
    `const node = process.env.PRETEND_NODE;
     if (node) Object.defineProperty(process, 'versions', { value: { ...process.versions, node } });`,
  );
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
}

/** Dependencies as they look to start.js, and a program that shows what it was started as. */
function putProgram(main = `console.log('running', process.argv.slice(2).join(' '));`): void {
  put('node_modules/discord.js/package.json', '{"name":"discord.js","main":"index.js"}');
  put('node_modules/discord.js/index.js', '');
  put('src/main.ts', main);
}

function putBundledNode(script: string): void {
  put('node_modules/node/bin/node', `#!/bin/sh\n${script}\n`);
  chmodSync(join(home, 'node_modules/node/bin/node'), 0o755);
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs start.js as the given Node version; `onOutput` may talk to it once it has written something. */
function start(
  version: string,
  args: string[] = [],
  onOutput?: (kill: (signal: NodeJS.Signals) => void) => void,
) {
  return new Promise<Ended>((resolve, reject) => {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = spawn(process.execPath, ['-r', './pretend.cjs', 'start.js', ...args], {
      cwd: home,
      env: { ...env, PRETEND_NODE: version },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stderr.on('data', (data) => {
      output.stderr += String(data);
    });
    child.stdout.on('data', (data) => {
      output.stdout += String(data);
      onOutput?.((signal) => child.kill(signal));
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}

/** One message for people: no stack trace. */
function expectMessage(ended: Ended, ...parts: string[]): void {
  expect(ended.code).toBe(1);
  expect(ended.stdout).toBe('');
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  for (const part of parts) expect(ended.stderr).toContain(part);
}

describe('start.js', () => {
  it.each(['22.18.0', '23.6.0', '26.10.0'])('runs the program on Node %s', async (version) => {
    putProgram();
    expect(await start(version, ['a', 'b'])).toMatchObject({ code: 0, stdout: 'running a b\n', stderr: '' });
  });

  it.each(['12.22.12', '20.9.0', '22.17.1', '23.5.0'])('says what to do on Node %s', async (version) => {
    putProgram();
    expectMessage(await start(version), `this is Node ${version}`, 'Install Node 26', '"npm ci"');
  });

  it('says what to do when the packages are not installed', async () => {
    expectMessage(await start('26.10.0'), 'not installed', '"npm ci"');
  });

  it('says which package is missing when only some are installed', async () => {
    putProgram(`import 'a-package-that-is-not-there';`);
    expectMessage(await start('26.10.0'), 'a-package-that-is-not-there', '"npm ci"');
  });

  it('hides no defect of the program', async () => {
    putProgram(`throw new Error('a defect');`);
    const { code, stderr } = await start('26.10.0');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Error: a defect\n +at .*main\.ts/);
  });

  it('is written so that Node 12 can read it', () => {
    const code = readFileSync(join(home, 'start.js'), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(code).not.toMatch(/\?\.|\?\?|'node:|&&=|\|\|=|^await |\d_\d|#\w+[ =(]/m);
  });
});

describe.skipIf(process.platform === 'win32')('start.js on an old Node beside a bundled one', () => {
  it('starts again with the bundled one and ends as it does', async () => {
    putBundledNode('echo "bundled $@"; exit 7');
    const ended = await start('20.9.0', ['--flag', 'two words']);
    expect(ended.code).toBe(7);
    expect(ended.stdout).toMatch(/^bundled .*start\.js --flag two words\n$/);
    expect(ended.stderr).toBe('');
  });

  it('does not go round in circles when the bundled one is too old as well', async () => {
    putBundledNode(`exec "${process.execPath}" -r ./pretend.cjs "$@"`);
    expectMessage(await start('20.9.0'), 'this is Node 20.9.0');
  });

  it('says what to do when the bundled one cannot run', async () => {
    put('node_modules/node/bin/node', 'not executable');
    expectMessage(await start('20.9.0'), 'could not run', '"npm ci"');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('hands on %s and waits for an orderly end', async (signal) => {
    putProgram(`
      process.once('${signal}', () => { console.log('shutting down'); clearInterval(alive); process.exitCode = 3; });
      const alive = setInterval(() => {}, 1000);
      console.log('ready');`);
    putBundledNode(`PRETEND_NODE= exec "${process.execPath}" "$@"`);
    let sent = false;
    const ended = await start('20.9.0', [], (kill) => {
      if (!sent) kill(signal);
      sent = true;
    });
    expect(ended).toMatchObject({ code: 3, signal: null, stdout: 'ready\nshutting down\n' });
  });

  it('ends by the signal that ended the program', async () => {
    putBundledNode('kill -TERM $$');
    expect(await start('20.9.0')).toMatchObject({ code: null, signal: 'SIGTERM' });
  });
});
