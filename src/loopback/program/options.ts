/** The command line of `npm run loopback`: what to start, with which faults, and who talks. */
import { parseArgs } from 'node:util';
import { defaultKnobs, type Knobs } from '../knobs.ts';

export interface ProgramOptions {
  help: boolean;
  port: number;
  token: string | null;
  /** Where the certificate goes; null for a file in a temporary folder. */
  caFile: string | null;
  seed: number;
  dave: boolean;
  guilds: number;
  /** `tone`, a WAV file, or null for a person who says nothing. */
  talk: string | null;
  everyMs: number;
  client: 'voiceActivity' | 'pushToTalk';
  /** Slash commands that the person gives once the bot has registered them. */
  commands: readonly string[];
  /** What the bot said goes there at the end, as a WAV file; null for nowhere. */
  record: string | null;
  /** Prints everything that happens. */
  verbose: boolean;
  /** Sets the knobs that the command line names. */
  turnKnobs(knobs: Knobs): void;
}

export const USAGE = `npm run loopback -- [options]
A Discord on this machine for a bot to log in to; Ctrl+C ends it.

  --port N         the port of REST and gateway (a free one unless given)
  --token TEXT     the bot's token
  --ca FILE        where to write the certificate that the bot must trust (a temporary file unless given)
  --guilds N       how many servers the bot is in (default 1)
  --talk WHAT      a person says this over and over: "tone", or a WAV file (16-bit PCM)
  --every SECONDS  how long the person is silent in between (default 6)
  --client KIND    the person's client: voiceActivity (default) or pushToTalk
  --command TEXT   the person gives this command once the bot has registered it, such as "/join"; can be repeated
  --record FILE    writes what the bot said to a WAV file at the end
  --seed N         makes noise and faults repeatable (default 1)
  --verbose        prints everything that happens

Faults, in force from the start:
  --dave off       voice channels without end-to-end encryption
  --loss SHARE     share of packets lost both ways, such as 0.05
  --burst SHARE    chance that a burst of losses begins at a packet, both ways
  --jitter MS      each packet is delayed by up to this much, both ways
  --delay MS       every packet is delayed by this much, both ways
  --stall SHARE    chance that the way is blocked for 100 ms, both ways
  --speaking HOW   op 5 comes: on (default), late, never, notToLateJoiners
  --knob NAME=VALUE  any knob of src/loopback/knobs.ts, such as dave.plainRate=0.05 or toBot.corruptRate=0.01; can be repeated

While it runs, a line such as "/join" or "/name subcommand option=value" gives that command as the person.`;

/** Shorthands: the knob that each sets, in both directions. */
const BOTH_WAYS = {
  loss: 'lossRate',
  burst: 'burstRate',
  jitter: 'jitterMs',
  delay: 'delayMs',
  stall: 'stallRate',
} as const;

const repeated = { type: 'string', multiple: true, default: [] as string[] } as const;
const single = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

/** Throws an Error that says which option is wrong. */
export function parseProgramOptions(args: readonly string[]): ProgramOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{
        port: single,
        token: single,
        ca: single,
        guilds: single,
        talk: single,
        every: single,
        client: single,
      },
      ...{ record: single, seed: single, dave: single, speaking: single, command: repeated, knob: repeated },
      ...{ loss: single, burst: single, jitter: single, delay: single, stall: single },
      ...{ verbose: flag, help: { ...flag, short: 'h' } },
    },
  });
  const settings = Object.entries(BOTH_WAYS).flatMap(([option, knob]) => {
    const value = values[option as keyof typeof BOTH_WAYS];
    return value === undefined ? [] : [`toBot.${knob}=${value}`, `fromBot.${knob}=${value}`];
  });
  if (values.speaking !== undefined) settings.push(`announceSpeaking=${values.speaking}`);
  settings.push(...values.knob);
  return {
    help: values.help,
    port: wholeNumber('port', values.port ?? '0', 65_535),
    token: values.token ?? null,
    caFile: values.ca ?? null,
    seed: wholeNumber('seed', values.seed ?? '1', 2 ** 31),
    dave: oneOf('dave', values.dave ?? 'on', ['on', 'off']) === 'on',
    guilds: Math.max(1, wholeNumber('guilds', values.guilds ?? '1', 100)),
    talk: values.talk ?? null,
    everyMs: 1000 * positive('every', values.every ?? '6'),
    client: oneOf('client', values.client ?? 'voiceActivity', ['voiceActivity', 'pushToTalk']),
    commands: values.command,
    record: values.record ?? null,
    verbose: values.verbose,
    turnKnobs: (knobs) => {
      for (const setting of settings) turnKnob(knobs, setting);
    },
  };
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new Error(`--${name} takes a whole number from 0 to ${max}`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} takes a number above 0`);
}

function oneOf<const T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw new Error(`--${name} takes one of: ${allowed.join(', ')}`);
}

const SPEAKING_MODES = ['on', 'late', 'never', 'notToLateJoiners'] as const;

/** Sets one knob, given as `group.name=value` or `name=value`. Throws for an unknown knob or a value of the wrong kind. */
export function turnKnob(knobs: Knobs, setting: string): void {
  const [, path = '', text = ''] = /^([\w.]+)=(.*)$/.exec(setting) ?? [];
  const [name = '', inner] = path.split('.');
  const known = Object.hasOwn(knobs, name);
  const group = known && inner === undefined && Reflect.get(defaultKnobs(), name) instanceof Object;
  const holder = (inner === undefined ? knobs : Reflect.get(knobs, name)) as Record<string, unknown>;
  const key = inner ?? name;
  if (!known || group || typeof holder !== 'object' || !Object.hasOwn(holder, key)) {
    throw new Error(`there is no knob ${path || setting}`);
  }
  holder[key] = readValue(path, text, holder[key]);
}

function readValue(path: string, text: string, now: unknown): unknown {
  if (path === 'announceSpeaking') return oneOf('speaking', text, SPEAKING_MODES);
  if (typeof now === 'boolean') return oneOf(path, text, ['true', 'false']) === 'true';
  if (path === 'refuseVoice' && text === 'port') return text;
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return value;
  throw new Error(`the knob ${path} takes a number`);
}
