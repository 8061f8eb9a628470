/** The demo's command line. */
import { parseArgs } from 'node:util';
import { ParleyError } from '../base/errors.ts';

export interface DemoOptions {
  turns: number;
  /** One JSON object a line on stdout; people's output goes to stderr. */
  json: boolean;
  /** Chooses phrases and pauses: the same seed gives the same talk. */
  seed: number;
  /** Where the stereo recording goes (people left, bot right); null for none. */
  wav: string | null;
  /** The folder for pictures of the talk and of its latency; null for none. */
  pictures: string | null;
  help: boolean;
}

export const DEMO_USAGE = `npm run demo -- [options]
  --turns N    how many times somebody speaks (default 12)
  --seed N     another choice of phrases and pauses (default 1)
  --wav FILE   record the room: people left, bot right
  --pictures DIR  keep pictures: the talk, and what /latency shows of it
  --json       one JSON object a line, for scripts`;

/** Throws a ParleyError that shows the usage. */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        turns: { type: 'string', default: '12' },
        json: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        wav: { type: 'string' },
        pictures: { type: 'string' },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
    return {
      turns: wholeNumber('turns', values.turns, 1, 1_000),
      json: values.json,
      seed: wholeNumber('seed', values.seed, 0, 2 ** 31),
      wav: values.wav ?? null,
      pictures: values.pictures ?? null,
      help: values.help,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ParleyError(message, { code: 'DEMO_USAGE', remedy: `Usage:\n${DEMO_USAGE}`, cause: error });
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} takes a whole number from ${min} to ${max}`);
}
