/** How people pause when they talk: learned in one talk and kept for the next, of nobody who opted out. */
import type { Clock } from '../base/clock.ts';
import type { Outage } from './outage.ts';
import type { StoredRhythm } from './protocol.ts';
import { SteadyWriter } from './steady-writer.ts';

type Rhythm = Pick<StoredRhythm, 'pauseMs' | 'afterCompleteMs'>;

export interface RhythmStore {
  /** Null of somebody new, and of those who opted out. Rejects with a ParleyError when it cannot be read. */
  of(userId: string): Promise<Rhythm | null>;
  /** Saved within some seconds; of those who opted out, never. Never throws. */
  learned(userId: string, rhythm: Rhythm): void;
}

export interface SavedRhythms extends RhythmStore {
  /** What is not saved yet is not saved. */
  forget(userId: string): void;
  /** Rejects with a ParleyError when the last could not be saved. */
  close(): Promise<void>;
}

export interface RhythmOptions {
  clock: Clock;
  nowUnixMs(): number;
  outage: Outage;
  isOptedOut(userId: string): boolean;
  read(userId: string): Promise<Rhythm | null>;
  write(rhythms: StoredRhythm[]): Promise<unknown>;
}

/** One more turn changes little. */
const SAVE_EVERY_MS = 5_000;
/** SQLite takes 32,766 values in a statement. */
const AT_ONCE = 500;

export function createRhythms(options: RhythmOptions): SavedRhythms {
  const { clock, outage, nowUnixMs, isOptedOut } = options;
  const unsaved = new Map<string, StoredRhythm>();
  const writer = new SteadyWriter({
    ...{ clock, outage, everyMs: SAVE_EVERY_MS },
    waiting: () => unsaved.size > 0,
    async write() {
      const batch = [...unsaved.values()].slice(0, AT_ONCE);
      await options.write(batch);
      // It may have been replaced by a later one meanwhile.
      for (const one of batch) if (unsaved.get(one.userId) === one) unsaved.delete(one.userId);
    },
  });
  return {
    async of(userId) {
      if (isOptedOut(userId)) return null;
      return unsaved.get(userId) ?? (await options.read(userId));
    },
    learned(userId, { pauseMs, afterCompleteMs }) {
      if (isOptedOut(userId)) return;
      unsaved.set(userId, { userId, pauseMs, afterCompleteMs, atUnixMs: nowUnixMs() });
      writer.wake();
    },
    forget: (userId) => void unsaved.delete(userId),
    close: async () => await writer.close(),
  };
}
