/** The program: reads the settings, starts the agent, prints how to invite it, and shuts down cleanly. */
import { config as loadDotenv } from 'dotenv';
import { commands } from '../commands/index.ts';
import { type App, startApp } from './app.ts';
import { systemClock } from './base/clock.ts';
import { ParleyError } from './base/errors.ts';
import { createLog } from './base/log.ts';
import { type Config, loadConfig } from './config/config.ts';

/** A supervisor of processes usually kills after 10 s; leaving takes well under one. */
const EXIT_DEADLINE_MS = 5_000;

/** One message for the operator, without a stack trace. */
function explain(error: unknown): void {
  const text =
    error instanceof ParleyError
      ? `${error.message}\n${error.remedy}`
      : `Parley stopped on an unexpected error: ${error instanceof Error ? error.message : String(error)}`;
  process.stderr.write(`${text}\n`);
}

async function start(config: Config): Promise<App> {
  const log = createLog({
    level: config.logLevel,
    pretty: process.stderr.isTTY === true,
    logSpeech: config.logSpeech,
  });
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => log.error({ err: error }, 'unhandled exception'));
  return await startApp({
    ...{ config, commands, clock: systemClock, nowUnixMs: Date.now, random: Math.random, log },
    onServing: (stop) => {
      leave = stop;
    },
  });
}

/** Null as long as nobody can have called the agent: there is nothing to leave. */
let leave: (() => Promise<void>) | null = null;
let stopping = false;

/** Leaves every channel first. */
function stop(exitCode: number): void {
  if (stopping) return;
  stopping = true;
  const exit = () => process.exit(exitCode);
  if (!leave) return exit();
  systemClock.setTimer(EXIT_DEADLINE_MS - 500, exit);
  leave().then(exit, exit);
}

try {
  process.once('SIGTERM', () => stop(0));
  process.once('SIGINT', () => stop(0));
  loadDotenv({ quiet: true });
  const app = await start(loadConfig(process.env));
  process.stdout.write(`Parley is online. Opus: ${app.opus}. Add it to a server:\n${app.inviteLink}\n`);
  process.stdout.write(`${app.stages.join('\n')}\n`);
  if (app.metricsUrl) process.stdout.write(`Metrics: ${app.metricsUrl}/metrics\n`);
  explain(await app.gone);
  stop(1);
} catch (error) {
  // What is being stopped does not start: that is no failure, and the exit is under way.
  if (!stopping) {
    explain(error);
    process.exit(1);
  }
}
