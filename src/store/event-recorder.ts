/** Keeps the events of one conversation in a file of its own, for `npm run replay`. Such a file holds what people said. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

export interface EventRecorder {
  /** One line, without its end. Never throws and never waits. */
  write(line: string): void;
  close(): void;
}

export interface EventRecorderOptions {
  /** Made when it is not there. */
  dir: string;
  /** Of the file, without its ending. */
  name: string;
  log: Log;
}

/** A disk that is slower than the talk for so long is given up: memory is for the conversation. */
const MAX_WAITING_BYTES = 4_000_000;

/** A file that cannot be written is told once, and the conversation goes on without it. */
export function openEventRecorder({ dir, name, log }: EventRecorderOptions): EventRecorder {
  const path = join(dir, `${name}.jsonl`);
  let stream: WriteStream | null = null;
  let early: string[] = [];
  let over = false;
  const giveUp = (error: unknown) => {
    if (over) return;
    over = true;
    early = [];
    stream?.destroy();
    const code = 'EVENT_LOG_FAILED';
    const remedy = 'Set EVENT_LOG_DIR to a folder that the program may write to, with room on its disk.';
    const failure = toParleyError(error, { code, remedy });
    log.error({ err: failure, remedy: failure.remedy }, 'the event log of a conversation cannot be written');
  };
  const open = async () => {
    await mkdir(dir, { recursive: true });
    stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
    stream.on('error', giveUp);
    for (const line of early) stream.write(`${line}\n`);
    early = [];
    if (over) stream.end();
  };
  open().catch(giveUp);
  return {
    write(line) {
      if (over) return;
      if (!stream) early.push(line);
      else if (stream.writableLength > MAX_WAITING_BYTES) giveUp(new Error('The disk is too slow'));
      else stream.write(`${line}\n`);
    },
    close() {
      if (over) return;
      over = true;
      stream?.end();
    },
  };
}
