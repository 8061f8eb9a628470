/** What is being looked at now, in one line of a terminal that is written over and gone in the end. */

interface Terminal {
  /** Absent on pipes and files, which get the report only. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  tell(what: string): void;
  clear(): void;
}

/** To the beginning of the line, and nothing behind it. */
const CLEAR = '\r\u001b[K';
const COLUMNS = 80;

export function progressOn(terminal: Terminal): Progress {
  const write = (text: string) => {
    if (terminal.isTTY) terminal.write(CLEAR + text);
  };
  return {
    // A line that is full would go on in the next, and could not be written over.
    tell: (what) => write(`  ${what} ...`.slice(0, (terminal.columns ?? COLUMNS) - 1)),
    clear: () => write(''),
  };
}
