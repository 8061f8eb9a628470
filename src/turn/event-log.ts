/** The event log of a conversation: lines of JSON from which the engine can be run again, bit for bit. */
import { TURN_DEFAULTS, type TurnOptions } from './defaults.ts';
import type { TurnEvent } from './types.ts';

const VERSION = 1;

/** The first line of a log. */
export const logHeader = (options: TurnOptions): string => JSON.stringify({ version: VERSION, options });

/** One line for each event, in the order in which the engine is told. Holds what people said. */
export const logLine = (event: TurnEvent): string => JSON.stringify(event);

export interface EventLog {
  options: TurnOptions;
  events: readonly TurnEvent[];
  /** Lines (from 1) whose instant is before that of the line before them. */
  clockJumps: readonly { line: number; byMs: number }[];
}

/** What is wrong with a log, and in which line (from 1). */
export interface LogFault {
  line: number;
  problem: string;
}

/** Reads a whole log; blank lines at its end are allowed. The first line that cannot be understood is the fault. */
export function parseEventLog(text: string): EventLog | LogFault {
  const lines = text.trimEnd().split('\n');
  const header = parseLine(lines[0]!);
  const headerProblem = header === null ? 'it is not JSON' : headerFault(header);
  if (headerProblem !== null) return { line: 1, problem: headerProblem };
  const events: TurnEvent[] = [];
  const clockJumps: { line: number; byMs: number }[] = [];
  for (let i = 1; i < lines.length; i++) {
    const parsed = parseLine(lines[i]!);
    const problem = parsed === null ? 'it is not JSON' : eventFault(parsed);
    if (problem !== null) return { line: i + 1, problem };
    const event = parsed as unknown as TurnEvent;
    const byMs = (events.at(-1)?.atMs ?? event.atMs) - event.atMs;
    if (byMs > 0) clockJumps.push({ line: i + 1, byMs });
    events.push(event);
  }
  return { options: header!.options as TurnOptions, events, clockJumps };
}

type Fields = Readonly<Record<string, unknown>>;

function parseLine(line: string): Fields | null {
  try {
    const parsed: unknown = JSON.parse(line);
    return isFields(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function headerFault({ version, options }: Fields): string | null {
  if (version !== VERSION) return `it is no header of an event log of version ${VERSION}`;
  if (!isFields(options)) return 'the header has no options';
  for (const [key, value] of Object.entries(TURN_DEFAULTS)) {
    const given = options[key];
    if (given === undefined) return `the option ${key} is missing`;
    if (!isOption(key, value, given)) return `the option ${key} has no proper value`;
  }
  return null;
}

/** Options with a few values to choose from. */
type ChoiceName = {
  [K in keyof TurnOptions]: TurnOptions[K] extends string
    ? string extends TurnOptions[K]
      ? never
      : K
    : never;
}[keyof TurnOptions];

const CHOICES: { readonly [K in ChoiceName]: readonly TurnOptions[K][] } = {
  speculation: ['off', 'llm', 'llm+tts'],
  addressing: ['always', 'auto'],
};

/** @param usual the value that the option has by default. */
function isOption(key: string, usual: unknown, given: unknown): boolean {
  if (Object.hasOwn(CHOICES, key)) {
    const choices: readonly unknown[] = CHOICES[key as ChoiceName];
    return choices.includes(given);
  }
  if (typeof usual === 'number') return CHECKS.number(given) && (given as number) >= 0;
  if (Array.isArray(usual)) return Array.isArray(given) && given.every(CHECKS.text);
  return typeof given === typeof usual;
}

type Kind = 'number' | 'number?' | 'text' | 'people' | 'key' | 'completeness?';

const byAgent: Readonly<Record<string, Kind>> = { turnId: 'number' };
const bySpeaker: Readonly<Record<string, Kind>> = { speakerId: 'text' };
const words: Readonly<Record<string, Kind>> = { ...bySpeaker, text: 'text', completeness: 'completeness?' };

const FIELDS: { readonly [T in TurnEvent['type']]: Readonly<Record<string, Kind>> } = {
  onset: bySpeaker,
  speechStarted: { ...bySpeaker, startedMs: 'number' },
  voiced: { ...bySpeaker, voicedMs: 'number' },
  talkEnded: bySpeaker,
  interim: words,
  final: words,
  recogniserFailed: { ...bySpeaker, code: 'text' },
  people: { people: 'people' },
  gone: bySpeaker,
  recalled: { ...bySpeaker, pauseMs: 'number', afterCompleteMs: 'number' },
  forget: bySpeaker,
  spoken: { ...byAgent, text: 'text' },
  draftFailed: { draftId: 'number', code: 'text' },
  answerStarted: byAgent,
  answerAudible: { ...byAgent, audibleMs: 'number?' },
  answerDone: byAgent,
  answerFailed: { ...byAgent, code: 'text' },
  noticeDone: byAgent,
  timer: { key: 'key' },
};

const CHECKS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  'number?': (value) => value === undefined || Number.isFinite(value),
  text: (value) => typeof value === 'string',
  people: (value) => Array.isArray(value) && value.every(isPerson),
  key: (value) =>
    typeof value === 'string' && /^(answer|over|notice|(gate|pause|final|wait):.+)$/s.test(value),
  'completeness?': (value) =>
    ['complete', 'incomplete', 'wait', undefined].includes(value as string | undefined),
};

const isPerson = (value: unknown): boolean =>
  isFields(value) && typeof value.id === 'string' && typeof value.name === 'string';

function eventFault(event: Fields): string | null {
  const { type, atMs } = event;
  if (typeof type !== 'string' || !Object.hasOwn(FIELDS, type))
    return `there is no event ${JSON.stringify(type)}`;
  if (!CHECKS.number(atMs)) return `the event ${type} has no instant`;
  for (const [name, kind] of Object.entries(FIELDS[type as TurnEvent['type']])) {
    if (!CHECKS[kind](event[name])) return `the event ${type} has no proper ${name}`;
  }
  return null;
}
