/** What `npm run simulate` was asked for. */
import { parseArgs } from 'node:util';
import { ParleyError } from '../base/errors.ts';

export interface SimulateOptions {
  conversations: number;
  /** Of the first conversation; each next one has the next seed. */
  seed: number;
  json: boolean;
  /** Where the event log of the first conversation goes; null for nowhere. */
  log: string | null;
}

export const USAGE = 'npm run simulate -- [--conversations N] [--seed S] [--json] [--log FILE]';

/** @throws ParleyError BAD_ARGUMENT. */
export function readOptions(args: readonly string[]): SimulateOptions {
  const values = parsed(args);
  return {
    conversations: whole('conversations', values.conversations ?? '20000', 1),
    seed: whole('seed', values.seed ?? '1', 0),
    json: values.json ?? false,
    log: values.log ?? null,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        conversations: { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'boolean' },
        log: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw badArgument(error instanceof Error ? error.message : String(error));
  }
}

function whole(name: string, value: string, least: number): number {
  const number = Number(value);
  if (/^\d{1,9}$/.test(value) && number >= least) return number;
  throw badArgument(`--${name} is a whole number from ${least} on, not "${value}"`);
}

const badArgument = (message: string): ParleyError =>
  new ParleyError(message, { code: 'BAD_ARGUMENT', remedy: `Use: ${USAGE}` });
