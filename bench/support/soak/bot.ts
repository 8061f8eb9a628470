/** The bot of the soak as the world around it sees it: a process that can be told to start, to measure itself, to stop. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Loopback } from '../../../src/loopback/index.ts';
import type { FromBot, ToBot } from './bot-process.ts';
import type { SoakTurn } from './ledger.ts';

export interface Size {
  heapMb: number;
  /** Open file descriptors. */
  fds: number;
}

export interface SoakBot {
  /** From now on providers fail now and then. */
  allowFaults(): void;
  /** Heap and files of the bot's process, after garbage collection. Rejects when the process has ended. */
  measure(): Promise<Size>;
  /** Logs out and ends the process. */
  stop(): Promise<void>;
}

export interface SoakBotOptions {
  loopback: Loopback;
  seed: number;
  /** Prints the bot's log on stderr. */
  verbose: boolean;
  onTurn(turn: SoakTurn): void;
  /** An exception or a rejection that nothing caught, or the end of the process before `stop()`. */
  onCrash(what: string): void;
}

const DEADLINE_MS = 15_000;

/** Resolves when the bot is logged in. */
export async function startSoakBot(options: SoakBotOptions): Promise<SoakBot> {
  const { loopback, seed, verbose, onTurn, onCrash } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-soak-'));
  const child = fork(fileURLToPath(new URL('./bot-process.ts', import.meta.url)), {
    execArgv: ['--expose-gc'],
  });
  let ready = false;
  let stopping = false;
  let size: Size | null = null;
  const send = (message: ToBot) => {
    if (child.connected) child.send(message);
  };
  child.on('message', (message: FromBot) => {
    if (message.type === 'ready') ready = true;
    if (message.type === 'turn') onTurn(message.turn);
    if (message.type === 'crash') onCrash(message.what);
    if (message.type === 'measured') size = message;
    loopback.log.notify();
  });
  child.once('exit', (code, signal) => {
    if (!stopping) onCrash(`the process ended: ${signal ?? code}`);
  });
  const stop = async () => {
    stopping = true;
    send({ type: 'stop' });
    await ended(child);
    await rm(dataDir, { recursive: true, force: true });
  };
  const room = { ADDRESSING: 'always', DATA_DIR: dataDir };
  const env = { DISCORD_TOKEN: loopback.token, DISCORD_API_URL: loopback.apiUrl, ...room };
  send({ type: 'start', env, caPem: loopback.caPem, seed, verbose });
  try {
    await loopback.waitFor('the bot to log in', () => ready, DEADLINE_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    allowFaults: () => send({ type: 'faults' }),
    async measure() {
      size = null;
      send({ type: 'measure' });
      const measured = () => {
        if (hasEnded(child)) throw new Error("the bot's process has ended");
        return size;
      };
      return await loopback.waitFor('the bot to measure itself', measured, DEADLINE_MS);
    },
    stop,
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

async function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const kill = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  await once(child, 'exit');
  clearTimeout(kill);
}
