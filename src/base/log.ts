/** Structured logs: a static message, data in fields. What people said goes under `pii` only, off by default. */
import { pino } from 'pino';

export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Record<string, unknown>): Log;
};

export interface LogOptions {
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Human-readable lines instead of JSON: for a terminal. */
  pretty: boolean;
  /** Keep the `pii` field (spoken words). Off unless the operator asked for it. */
  logSpeech: boolean;
}

const secretPaths = ['token', '*.token', 'authorization', '*.authorization', 'apiKey', '*.apiKey'];

/** What is told of an error besides its name, message and stack. */
const ERROR_FIELDS = ['code', 'status', 'method', 'remedy', 'retryable', 'syscall', 'address', 'port'];

/** Not all of it: an error of a library may hold what it was asked to send, words and tokens among it. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const fields = ERROR_FIELDS.map((name) => [name, Reflect.get(error, name)]);
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...Object.fromEntries(fields.filter(([, value]) => value !== undefined)),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/**
 * Logs go to stderr, so that a program's stdout stays its own.
 * @param destination takes the lines of JSON instead.
 */
export function createLog(options: LogOptions, destination?: { write(line: string): void }): Log {
  const redact = {
    paths: options.logSpeech ? secretPaths : [...secretPaths, 'pii', '*.pii'],
    remove: true,
  };
  const base = { level: options.level, redact, serializers: { err: describeError } };
  if (destination) return pino(base, destination);
  if (options.pretty) {
    return pino({
      ...base,
      transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname' } },
    });
  }
  return pino(base, pino.destination({ dest: 2, sync: false }));
}

/** A log that keeps nothing: for tests and tools. */
export const silentLog: Log = pino({ level: 'silent' });
