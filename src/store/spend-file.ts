/** The file of what was spent today: without it, a restart would lift the daily limit. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { DaySpend } from '../money/ledger.ts';
import { writeWhole } from './whole-file.ts';

const amount = z.number().nonnegative();
const usageSchema = z.object({
  ...{ calls: amount, estimatedCalls: amount, inputTokens: amount, cachedInputTokens: amount },
  ...{ cacheWriteTokens: amount, outputTokens: amount, characters: amount, audioMs: amount },
});
const fileSchema = z.object({
  version: z.literal(1),
  day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  guilds: z.record(z.string(), z.record(z.string(), usageSchema)),
});

/** So much at most is forgotten in a crash; a write for each frame of audio would be too many. */
const SAVE_AFTER_MS = 1_000;

export interface SpendFile {
  /** Null when there is none, or none that makes sense: it was said in the log. */
  readonly earlier: DaySpend | null;
  /** Saved within a second. */
  save(spend: DaySpend): void;
  /** Writes what is not saved yet. Never rejects. */
  close(): Promise<void>;
}

export async function openSpendFile(options: {
  dataDir: string;
  clock: Clock;
  log: Log;
}): Promise<SpendFile> {
  const { clock, log } = options;
  const path = join(options.dataDir, 'spend.json');
  let unsaved: DaySpend | null = null;
  let timer: Timer | null = null;
  let closed = false;
  let writing: Promise<void> = Promise.resolve();
  const write = () => {
    timer?.cancel();
    timer = null;
    const spend = unsaved;
    unsaved = null;
    if (!spend) return;
    const text = `${JSON.stringify({ version: 1, ...spend })}\n`;
    writing = writing
      .then(() => writeWhole(path, text))
      .catch((error) => log.warn({ err: error, path }, 'what was spent could not be saved'));
  };
  return {
    earlier: await load(path, log),
    save(spend) {
      if (closed) return;
      unsaved = spend;
      timer ??= clock.setTimer(SAVE_AFTER_MS, write);
    },
    async close() {
      closed = true;
      write();
      await writing;
    },
  };
}

async function load(path: string, log: Log): Promise<DaySpend | null> {
  try {
    const { day, guilds } = fileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return { day, guilds };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    const remedy =
      'Nothing: counting begins anew today. If it comes back, see whether DATA_DIR is on a sound disk.';
    log.warn({ err: error, path, remedy }, 'what was spent today is not known');
    return null;
  }
}
