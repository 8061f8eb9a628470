/** Who opted out of being heard: known in memory at every packet, kept in a file across restarts. */
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError, toParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { canSave, loadOptedOut, saveOptedOut } from './consent-file.ts';

export interface ConsentChange {
  userId: string;
  optedOut: boolean;
}

export interface ConsentStore {
  isOptedOut(userId: string): boolean;
  /**
   * Takes effect in memory, and is told to the listeners, before it returns. Rejects with a ParleyError
   * (`CONSENT_NOT_SAVED`), written for the user, when the file could not be written in time; the effect stays.
   */
  optOut(userId: string): Promise<void>;
  /** As `optOut`. */
  optIn(userId: string): Promise<void>;
  /** Called at each change, synchronously; returns the unsubscribe function. */
  onChange(listener: (change: ConsentChange) => void): () => void;
}

export interface ConsentStoreOptions {
  /** Holds `consent.json`; made when it is missing. */
  dataDir: string;
  clock: Clock;
  log: Log;
  /** How long a user waits for the file to be written: Discord gives 3 s for the whole answer. */
  saveWithinMs?: number;
}

/** A local file is read in about 1 ms; a folder on a dead network never answers. */
const LOAD_WITHIN_MS = 10_000;

/**
 * Loads the file. Rejects with a ParleyError when it is there but cannot be read or understood: without knowing who
 * opted out, the program must not listen to anyone.
 */
export async function openConsentStore(options: ConsentStoreOptions): Promise<ConsentStore> {
  const path = join(options.dataDir, 'consent.json');
  const remedy = `Make ${options.dataDir} a folder that the program may write to, with space left.`;
  const { optedOut, writable } = await withDeadline(
    { clock: options.clock, afterMs: LOAD_WITHIN_MS, what: 'reading who opted out', remedy },
    async () => ({ optedOut: await loadOptedOut(path), writable: await canSave(path) }),
  );
  if (!writable) options.log.warn({ path, remedy }, 'choices about consent will not survive a restart');
  const listeners = new Set<(change: ConsentChange) => void>();
  // Writes follow each other, so that an older list never replaces a newer one.
  let lastWrite: Promise<void> = Promise.resolve();

  const save = async () => {
    const write = lastWrite.then(() => saveOptedOut(path, optedOut));
    lastWrite = write.catch(() => undefined);
    try {
      await withDeadline(
        { clock: options.clock, afterMs: options.saveWithinMs ?? 2_000, what: 'writing the file', remedy },
        () => write,
      );
    } catch (thrown) {
      const error = toParleyError(thrown, { code: 'CONSENT_NOT_SAVED', remedy });
      options.log.error({ err: error, remedy, path }, 'a choice about consent could not be saved');
      throw new ParleyError('This applies from now on, but could not be saved, so a restart may undo it', {
        code: 'CONSENT_NOT_SAVED',
        remedy: 'Tell whoever runs this bot, and use the command again later.',
        retryable: true,
        cause: error,
      });
    }
  };

  const change = (userId: string, toOptedOut: boolean) => {
    if (optedOut.has(userId) === toOptedOut) return;
    if (toOptedOut) optedOut.add(userId);
    else optedOut.delete(userId);
    for (const listener of listeners) {
      try {
        listener({ userId, optedOut: toOptedOut });
      } catch (error) {
        // The next listener, and the file, must learn of the choice all the same.
        options.log.error({ err: error }, 'a listener failed at a change of consent');
      }
    }
  };

  return {
    isOptedOut: (userId) => optedOut.has(userId),
    // Saved even when nothing changed: an earlier write may have failed.
    async optOut(userId) {
      change(userId, true);
      await save();
    },
    async optIn(userId) {
      change(userId, false);
      await save();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
