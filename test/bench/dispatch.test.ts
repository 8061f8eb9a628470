/** The benchmark dispatcher keeps results and progress apart, and helps whoever mistypes a name. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dispatch } from '../../bench/dispatch.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  mkdirSync(join(root, 'bench'));
  put('main', '');
  put('dispatch', '');
  put(
    'sum',
    `export async function run({ args, progress }) {
       progress('adding');
       return { sum: args.map(Number).reduce((a, b) => a + b, 0) };
     }
     export const render = ({ sum }) => 'The sum is ' + sum;`,
  );
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const put = (name: string, code: string) => writeFileSync(join(root, 'bench', `${name}.ts`), code);

async function run(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await dispatch(argv, {
    directory: pathToFileURL(join(root, 'bench/')),
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { code, out, err: err.join('\n') };
}

it('writes the result for people, with progress apart', async () => {
  expect(await run('sum', '1', '2')).toEqual({ code: 0, out: ['The sum is 3'], err: 'adding' });
});

it.each([[['--json', 'sum', '1', '2']], [['sum', '1', '--json', '2']]])(
  'writes one JSON object with %j',
  async (argv) => {
    expect(await run(...argv)).toEqual({ code: 0, out: ['{"sum":3}'], err: 'adding' });
  },
);

it.each([
  [['summ'], 'There is no benchmark "summ". Choose one of: other, sum.'],
  [['../bench/sum'], 'There is no benchmark "../bench/sum".'],
  [['main'], 'There is no benchmark "main".'],
  [['--json'], 'Which benchmark? Choose one of: other, sum.'],
])('lists the benchmarks for %j', async (argv, message) => {
  put('other', '');
  const ended = await run(...argv);
  expect(ended).toMatchObject({ code: 1, out: [] });
  expect(ended.err).toContain(message);
  expect(ended.err).toContain('npm run --silent bench -- NAME');
});

it('fails with the error of the benchmark and without a result', async () => {
  put('broken', `export const run = async () => { throw new Error('no microphone'); };`);
  const ended = await run('broken', '--json');
  expect(ended).toMatchObject({ code: 1, out: [] });
  expect(ended.err).toContain('no microphone');
});

it('shows the remedy of an error that has one', async () => {
  const errors = new URL('../../src/base/errors.ts', import.meta.url).href;
  put(
    'refusing',
    `import { ParleyError } from '${errors}';
     export const run = async () => { throw new ParleyError('Not so', { code: 'X', remedy: 'Do this.' }); };`,
  );
  expect(await run('refusing')).toEqual({ code: 1, out: [], err: 'Not so. Do this.' });
});

it('as a program, has nothing but the JSON on stdout and ends though a timer runs on', async () => {
  for (const path of ['bench/main.ts', 'bench/dispatch.ts', 'src/base/errors.ts']) {
    cpSync(new URL(`../../${path}`, import.meta.url), join(root, path), { recursive: true });
  }
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  put(
    'lingering',
    `export async function run({ progress }) {
       setInterval(() => {}, 1000);
       progress('measuring');
       console.log('noise of a library');
       return { rows: 'x'.repeat(200_000) };
     }`,
  );
  const child = spawn(process.execPath, ['bench/main.ts', 'lingering', '--json'], { cwd: root });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    output.stdout += String(data);
  });
  child.stderr.on('data', (data) => {
    output.stderr += String(data);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(0);
  expect(JSON.parse(output.stdout).rows).toHaveLength(200_000);
  expect(output.stderr).toBe('measuring\nnoise of a library\n');
});
