/** The program as an operator starts it: `start.js` in a process of its own, led to a loopback by settings alone. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { type Loopback, startLoopback } from '../../src/loopback/index.ts';

/** A supervisor of processes gives at least this much before it kills. */
export const EXIT_WITHIN_MS = 5_000;
/** The invite link, the last that is printed at start. */
export const LINK = /^https:\/\/discord\.com\/\S+$/m;

const START = fileURLToPath(new URL('../../start.js', import.meta.url));
/** A process that has not got there by now hangs. */
const DEADLINE_MS = 15_000;

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Program {
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when `stdout` matches; rejects when the program ends before, or takes too long. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the process is gone and all its output is there; rejects, and kills it, after `deadlineMs`. */
  ended(deadlineMs?: number): Promise<Ended>;
  /** Kills the process if it still runs, and frees the files. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** Null: no Discord at all. */
  loopback: Loopback | null;
  /** Settings besides those that lead to the loopback, or instead of them. */
  env?: Record<string, string>;
  /** Options of Node itself. */
  nodeArgs?: readonly string[];
}

/** A loopback for each test of a file, and at most one program that is led to it. */
export function programs() {
  let loopback: Loopback;
  let program: Program | null;
  beforeEach(async () => {
    program = null;
    loopback = await startLoopback({ identifyWindowMs: 0 });
  });
  afterEach(async () => {
    await program?.stop();
    await loopback.close();
  });
  return {
    get loopback() {
      return loopback;
    },
    async start(options: Partial<ProgramOptions> = {}): Promise<Program> {
      program = await startProgram({ loopback, ...options });
      return program;
    },
  };
}

/** Starts the program in an empty folder, with nothing of this process's environment but the path. */
export async function startProgram({ loopback, env = {}, nodeArgs = [] }: ProgramOptions): Promise<Program> {
  const home = await mkdtemp(join(tmpdir(), 'parley-program-'));
  const settings: Record<string, string> = { PATH: process.env.PATH ?? '', DATA_DIR: join(home, 'data') };
  if (loopback) {
    const certificate = join(home, 'ca.pem');
    await writeFile(certificate, loopback.caPem);
    settings.DISCORD_TOKEN = loopback.token;
    settings.DISCORD_API_URL = loopback.apiUrl;
    settings.NODE_EXTRA_CA_CERTS = certificate;
  }
  const child = spawn(process.execPath, [...nodeArgs, START], {
    cwd: home,
    env: { ...settings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (data) => {
      output[name] += String(data);
      for (const listener of listeners) listener();
    });
  }
  let gone: Ended | null = null;
  child.on('close', (code, signal) => {
    gone = { code, signal };
    for (const listener of listeners) listener();
  });

  /** Resolves with the first value that `look` finds, asked after every event; `look` may throw. */
  const until = async <T>(what: string, look: () => T | null, deadlineMs: number): Promise<T> =>
    await new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(deadline);
        listeners.delete(listener);
        act();
      };
      const listener = () => {
        try {
          const found = look();
          if (found !== null) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const deadline = setTimeout(() => {
        child.kill('SIGKILL');
        const said = `${output.stdout}\n${output.stderr}`;
        settle(() => reject(new Error(`${what} did not happen within ${deadlineMs} ms. Output: ${said}`)));
      }, deadlineMs);
      listeners.add(listener);
      listener();
    });

  return {
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    printed: async (pattern) =>
      await until(
        String(pattern),
        () => {
          const match = pattern.exec(output.stdout);
          if (!match && gone) throw new Error(`the program ended (${gone.code}): ${output.stderr}`);
          return match;
        },
        DEADLINE_MS,
      ),
    signal(signal) {
      child.kill(signal);
    },
    ended: async (deadlineMs = DEADLINE_MS) => await until('the end of the program', () => gone, deadlineMs),
    async stop() {
      if (!gone) child.kill('SIGKILL');
      await until('the end of the program', () => gone, DEADLINE_MS);
      await rm(home, { recursive: true, force: true });
    },
  };
}
