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

/** Logs go to stderr, so that a program's stdout stays its own. */
export function createLog(options: LogOptions): Log {
  const redact = {
    paths: options.logSpeech ? secretPaths : [...secretPaths, 'pii', '*.pii'],
    remove: true,
  };
  const base = { level: options.level, redact };
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
