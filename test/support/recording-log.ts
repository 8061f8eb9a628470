/** The program's log, with its lines kept for a test to read. */
import { createLog, type Log } from '../../src/base/log.ts';

/** One line of the log. */
export interface LogLine {
  level: number;
  msg: string;
  [field: string]: unknown;
}

/** @param changed called after every line. */
export function recordingLog(lines: LogLine[], changed: () => void): Log {
  const write = (line: string) => {
    lines.push(JSON.parse(line) as LogLine);
    changed();
  };
  return createLog({ level: 'debug', pretty: false, logSpeech: true }, { write });
}
