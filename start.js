/**
 * What `npm start` runs: sees to a Node that can run the program, then runs it; else says what to do, in one message.
 * Every Node since 12.17 must be able to read this file: no `?.`, no `??`, no imports that begin with `node:`.
 */
// biome-ignore-all lint/style/useNodejsImportProtocol: Node 12 does not know it
import { spawn } from 'child_process';
import { existsSync } from 'fs';
import { createRequire } from 'module';
import { dirname, join } from 'path';
import { fileURLToPath } from 'url';

const thisFile = fileURLToPath(import.meta.url);
const nodeName = process.platform === 'win32' ? 'node.exe' : 'node';
/** The Node that `npm ci` brings along as a development dependency. */
const bundledNode = join(dirname(thisFile), 'node_modules', 'node', 'bin', nodeName);
/** Set for the second start, so that a bundled Node that is too old as well does not start itself for ever. */
const AGAIN = 'PARLEY_STARTED_AGAIN';
const INSTALL = 'Run "npm ci", then "npm start".';

/** TypeScript runs as it is since 22.18, and in the line of 23 since 23.6. */
function canRunTypeScript(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major === 22) return minor >= 18;
  if (major === 23) return minor >= 6;
  return major > 23;
}

function hasDependencies() {
  try {
    createRequire(import.meta.url).resolve('discord.js');
    return true;
  } catch {
    return false;
  }
}

function giveUp(message) {
  console.error(message);
  process.exitCode = 1;
}

/** Runs this file with the bundled Node as if it had been started so: same streams, signals and way to end. */
function startAgain() {
  const child = spawn(bundledNode, [thisFile, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: Object.assign({}, process.env, { [AGAIN]: '1' }),
  });
  const forward = (signal) => {
    // A terminal sends Ctrl+C to the child as well; a second one would keep it from shutting down in order.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) => giveUp(`Parley could not run ${bundledNode} (${error.message}). ${INSTALL}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const one of signals) process.removeListener(one, forward);
    process.kill(process.pid, signal);
  });
}

async function run() {
  try {
    await import('./src/main.ts');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/^Cannot find package/.test(error.message)) throw error;
    giveUp(`A package that Parley needs is missing: ${error.message.split('\n')[0]}. ${INSTALL}`);
  }
}

const version = process.versions.node;
if (canRunTypeScript(version)) {
  if (hasDependencies()) void run();
  else giveUp(`The packages that Parley needs are not installed. ${INSTALL}`);
} else if (existsSync(bundledNode) && !process.env[AGAIN]) {
  startAgain();
} else {
  giveUp(
    `Parley needs Node 22.18 or newer, and this is Node ${version}. Install Node 26 from https://nodejs.org, or run ` +
      '"npm ci" (without --omit=dev), which brings it along; then run "npm start".',
  );
}
