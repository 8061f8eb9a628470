/** `npm run replay -- FILE`: an event log as a story in plain words, or as the engine's states. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ParleyError } from '../base/errors.ts';
import { stepTurn } from '../turn/engine.ts';
import { type EventLog, parseEventLog } from '../turn/event-log.ts';
import { initialTurnState } from '../turn/types.ts';
import { storyOf } from './story.ts';

const USAGE = 'npm run replay -- FILE [--json]';

try {
  run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ParleyError)) throw error;
  console.error(`${error.message}. ${error.remedy}`);
  process.exitCode = 1;
}

function run(args: readonly string[]): void {
  const { path, json } = readArguments(args);
  const log = readLog(path);
  for (const { line, byMs } of log.clockJumps) {
    console.error(`${path}, line ${line}: the clock goes back by ${byMs} ms`);
  }
  const lines = json ? statesOf(log) : storyOf(log.events, log.options);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function readArguments(args: readonly string[]): { path: string; json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' } },
      allowPositionals: true,
    });
    if (positionals.length === 1) return { path: positionals[0]!, json: values.json ?? false };
  } catch {
    // Said below, with what is right.
  }
  throw new ParleyError('One event log is needed', { code: 'BAD_ARGUMENT', remedy: `Use: ${USAGE}` });
}

function readLog(path: string): EventLog {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const remedy = 'Give the path of an event log.';
    throw new ParleyError(`${path} cannot be read`, { code: 'LOG_UNREADABLE', remedy, cause: error });
  }
  const log = parseEventLog(text);
  if (!('problem' in log)) return log;
  throw new ParleyError(`${path}, line ${log.line}: ${log.problem}`, {
    code: 'LOG_CORRUPT',
    remedy: log.line === 1 ? 'Record it again.' : 'Cut the log before that line, or record it again.',
  });
}

/** One line of JSON for each event: the event, the effects it led to, and the state after it. */
function statesOf({ events, options }: EventLog): string[] {
  let state = initialTurnState;
  return events.map((event) => {
    const step = stepTurn(state, event, options);
    state = step.state;
    return JSON.stringify({ event, effects: step.effects, state }, asPlainData);
  });
}

/** Maps and infinite instants are no JSON. */
function asPlainData(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
