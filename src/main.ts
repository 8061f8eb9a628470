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
  const app = await startApp({
    ...{ config, commands, clock: systemClock, nowUnixMs: Date.now, random: Math.random, log },
  });
  process.stdout.write(`Parley is online. Opus: ${app.opus}. Add it to a server:\n${app.inviteLink}\n`);
  return app;
}

try {
  loadDotenv({ quiet: true });
  const app = await start(loadConfig(process.env));
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    systemClock.setTimer(EXIT_DEADLINE_MS - 500, () => process.exit(0));
    app.stop().then(
      () => process.exit(0),
      () => process.exit(0),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  explain(error);
  process.exit(1);
}
