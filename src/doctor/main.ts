/** `npm run doctor`: checks and measures everything that the agent needs, and exits with 1 when it cannot run. */
import { parseArgs } from 'node:util';
import { config as loadDotenv } from 'dotenv';
import { systemClock } from '../base/clock.ts';
import { createLog } from '../base/log.ts';
import { examine } from './examine.ts';
import { progressOn } from './progress.ts';
import { renderReport } from './report.ts';

const USAGE = `npm run doctor -- [--json]
Checks the settings, Discord, the store and every provider with a request or two, which cost as much, and measures them from here.`;

async function run(): Promise<boolean> {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return true;
  }
  loadDotenv({ quiet: true });
  const log = createLog({ level: 'silent', pretty: false, logSpeech: false });
  const progress = progressOn(process.stderr);
  const report = await examine({ env: process.env, clock: systemClock, log, progress: progress.tell });
  progress.clear();
  process.stdout.write(`${values.json ? JSON.stringify(report) : renderReport(report)}\n`);
  return report.canRun;
}

run().then(
  (canRun) => process.exit(canRun ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
