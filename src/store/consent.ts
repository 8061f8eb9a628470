/** Who opted out of being heard: known in memory at every packet, kept in the store across restarts and machines. */
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Outage } from './outage.ts';
import { SteadyWriter } from './steady-writer.ts';

export interface ConsentChange {
  userId: string;
  optedOut: boolean;
}

export interface ConsentStore {
  isOptedOut(userId: string): boolean;
  /**
   * Takes effect in memory, and is told to the listeners, before it returns. Rejects with a ParleyError
   * (`CONSENT_NOT_SAVED`), written for the user, when it could not be saved in time; the effect stays, and saving is
   * tried again.
   */
  optOut(userId: string): Promise<void>;
  /** As `optOut`. */
  optIn(userId: string): Promise<void>;
  /** Called at each change, synchronously; returns the unsubscribe function. */
  onChange(listener: (change: ConsentChange) => void): () => void;
}

export interface ConsentOptions {
  clock: Clock;
  nowUnixMs(): number;
  log: Log;
  outage: Outage;
  /** By the store, when it was opened. */
  optedOut: readonly string[];
  save(choice: ConsentChange & { atUnixMs: number }): Promise<unknown>;
  /** How long a user waits for it to be saved: Discord gives 3 s for the whole answer. */
  saveWithinMs?: number;
}

export interface SharedConsent extends ConsentStore {
  /** Takes over what the store says by now, also of choices made elsewhere. @param askedAtMs by the clock. */
  learn(optedOut: readonly string[], askedAtMs: number): void;
  /** Saves what is not saved yet. Rejects with a ParleyError when that fails. */
  close(): Promise<void>;
}

type Choice = ConsentChange & { atUnixMs: number };

export function createConsent(options: ConsentOptions): SharedConsent {
  const { clock, log, nowUnixMs } = options;
  const optedOut = new Set(options.optedOut);
  const listeners = new Set<(change: ConsentChange) => void>();
  const unsaved = new Map<string, Choice>();
  /** When a user last chose here, by the clock: what the store said before that is old. */
  const chosenAtMs = new Map<string, number>();
  const writer = new SteadyWriter({
    ...{ clock, outage: options.outage, everyMs: 0 },
    waiting: () => unsaved.size > 0,
    async write() {
      const [choice] = unsaved.values();
      if (!choice) return;
      await options.save(choice);
      chosenAtMs.set(choice.userId, clock.now());
      // It may have been replaced by a later one meanwhile.
      if (unsaved.get(choice.userId) === choice) unsaved.delete(choice.userId);
    },
  });

  const apply = (userId: string, toOptedOut: boolean) => {
    if (optedOut.has(userId) === toOptedOut) return;
    if (toOptedOut) optedOut.add(userId);
    else optedOut.delete(userId);
    for (const listener of listeners) {
      try {
        listener({ userId, optedOut: toOptedOut });
      } catch (error) {
        // The next listener, and the store, must learn of the choice all the same.
        log.error({ err: error }, 'a listener failed at a change of consent');
      }
    }
  };

  // Saved even when nothing changed: what another machine wrote may not have been learned yet.
  const choose = async (userId: string, toOptedOut: boolean) => {
    apply(userId, toOptedOut);
    unsaved.set(userId, { userId, optedOut: toOptedOut, atUnixMs: nowUnixMs() });
    const deadline = {
      ...{ clock, afterMs: options.saveWithinMs ?? 2_000, what: 'saving a choice about consent' },
      remedy: 'Nothing: it is tried again.',
    };
    await withDeadline(deadline, async () => await writer.flush()).catch((cause: unknown) => {
      throw new ParleyError(
        'This applies from now on, but could not be saved yet, so a restart may undo it',
        {
          code: 'CONSENT_NOT_SAVED',
          remedy: 'Tell whoever runs this bot, and use the command again later.',
          retryable: true,
          cause,
        },
      );
    });
  };

  return {
    isOptedOut: (userId) => optedOut.has(userId),
    optOut: async (userId) => await choose(userId, true),
    optIn: async (userId) => await choose(userId, false),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    learn(theirs, askedAtMs) {
      const now = new Set(theirs);
      for (const userId of new Set([...optedOut, ...now])) {
        const chosenSince = (chosenAtMs.get(userId) ?? Number.NEGATIVE_INFINITY) >= askedAtMs;
        if (!unsaved.has(userId) && !chosenSince) apply(userId, now.has(userId));
      }
    },
    close: async () => await writer.close(),
  };
}
