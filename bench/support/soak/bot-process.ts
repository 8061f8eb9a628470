/** The bot of the soak in a process of its own: what it measures here is the bot's alone. Started by bot.ts. */
import { readdirSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { commands } from '../../../commands/index.ts';
import { startApp } from '../../../src/app.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { createLog, silentLog } from '../../../src/base/log.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { seededRandom } from '../../../test/support/random.ts';
import type { SoakTurn } from './ledger.ts';
import { type Chance, soakProviders } from './providers.ts';

/** What it is told. `start` comes first, and once. */
export type ToBot =
  | { type: 'start'; env: Record<string, string>; caPem: string; seed: number; verbose: boolean }
  | { type: 'faults' }
  | { type: 'measure' }
  | { type: 'stop' };

/** What it tells. Instants are milliseconds since 1970, with fractions: the clock that two processes share. */
export type FromBot =
  | { type: 'ready' }
  | { type: 'turn'; turn: SoakTurn }
  | { type: 'crash'; what: string }
  | { type: 'measured'; heapMb: number; fds: number };

const tell = (message: FromBot) => process.send?.(message);

const crashed = (error: unknown) =>
  tell({ type: 'crash', what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
process.on('uncaughtException', crashed);
process.on('unhandledRejection', crashed);
// Without its world it has nothing to do.
process.on('disconnect', () => process.exit());

const chance: Chance = { faults: false, random: Math.random };
let stop: () => Promise<void> = async () => {};

process.on('message', (message: ToBot) => void obey(message).catch(crashed));

async function obey(message: ToBot): Promise<void> {
  if (message.type === 'start') await start(message);
  if (message.type === 'faults') chance.faults = true;
  if (message.type === 'measure') measure();
  if (message.type !== 'stop') return;
  await stop();
  process.disconnect?.();
}

async function start({ env, caPem, seed, verbose }: Extract<ToBot, { type: 'start' }>): Promise<void> {
  setDefaultCACertificates([...getCACertificates('default'), caPem]);
  chance.random = seededRandom(seed);
  const app = await startApp({
    ...{ config: loadConfig(env), commands, clock: systemClock, nowUnixMs: Date.now, random: Math.random },
    log: verbose ? createLog({ level: 'debug', pretty: false, logSpeech: true }) : silentLog,
    providers: soakProviders(chance),
    onTurn: ({ record, transcript }) => {
      const { speakerId, outcome, reason, marks } = record;
      const startedMs = performance.timeOrigin + marks.speechStarted!;
      const lastVoicedMs = performance.timeOrigin + marks.lastVoiced!;
      tell({ type: 'turn', turn: { speakerId, outcome, reason, transcript, startedMs, lastVoicedMs } });
    },
  });
  stop = () => app.stop();
  tell({ type: 'ready' });
}

/** After the garbage is gone: twice, as what is finalised in the first round is freed in the second. */
function measure(): void {
  globalThis.gc?.();
  globalThis.gc?.();
  const heapMb = process.memoryUsage().heapUsed / 2 ** 20;
  tell({ type: 'measured', heapMb, fds: readdirSync('/proc/self/fd').length });
}
