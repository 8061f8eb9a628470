/** What is loaded of OpenTelemetry's SDK by the program as it starts: nothing, unless telemetry is asked for. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Loopback, startLoopback } from '../../src/loopback/index.ts';
import { type Program, startProgram } from '../support/program.ts';

let loopback: Loopback;
let program: Program | null = null;
beforeEach(async () => {
  loopback = await startLoopback();
});
afterEach(async () => {
  await program?.stop();
  await loopback.close();
});

/** Prints every package that is looked for, from within the program. */
const PRINT_PACKAGES = `data:text/javascript,
import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';
registerHooks({ resolve(specifier, context, next) {
  if (specifier.startsWith('@opentelemetry/')) writeSync(1, 'loads ' + specifier + '\\n');
  return next(specifier, context);
} });`;

/** The packages of the SDK that were loaded until the program was online. */
async function loaded(env: Record<string, string>): Promise<string[]> {
  const nodeArgs = ['--import', PRINT_PACKAGES.replaceAll('\n', ' ')];
  program = await startProgram({ loopback, env, nodeArgs });
  await program.printed(/^Parley is online/m);
  const names = [...program.stdout.matchAll(/^loads @opentelemetry\/(\S+)$/gm)].map(([, name]) => name!);
  return [...new Set(names)].filter((name) => name !== 'api');
}

it('is nothing by default', async () => {
  expect(await loaded({})).toEqual([]);
});

it('is what serves metrics, and nothing that sends any, with METRICS_PORT', async () => {
  const packages = await loaded({ METRICS_PORT: '0' });
  expect(packages).toEqual(expect.arrayContaining(['exporter-prometheus', 'sdk-metrics']));
  expect(packages.filter((name) => /otlp|sdk-trace/.test(name))).toEqual([]);
  const [, url] = await program!.printed(/^Metrics: (http:\S+)$/m);
  expect(await (await fetch(url!)).text()).toContain('parley_ready 1\n');
});
