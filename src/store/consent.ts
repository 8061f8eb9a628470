/** Who opted out of being heard: known in memory at every packet, kept in the store across restarts and machines. */
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Outage } from './outage.ts';
import type { ConsentChoice, OptOut, StoredConsent } from './protocol.ts';
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
  /**
   * As `optOut`; also rejects with a ParleyError (`CONSENT_CHOSEN_ELSEWHERE`) when the store holds an opt-out that was
   * not known here: it may be the later choice, so it holds.
   */
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
  optedOut: readonly OptOut[];
  save(choice: ConsentChoice): Promise<StoredConsent>;
  /** How long a user waits for it to be saved: Discord gives 3 s for the whole answer. */
  saveWithinMs?: number;
}

export interface SharedConsent extends ConsentStore {
  /** Takes over what the store says by now, also of choices made elsewhere. @param askedAtMs by the clock. */
  learn(optedOut: readonly OptOut[], askedAtMs: number): void;
  /** Saves what is not saved yet. Rejects with a ParleyError when that fails. */
  close(): Promise<void>;
}

export function createConsent(options: ConsentOptions): SharedConsent {
  const { clock, log, nowUnixMs } = options;
  const optedOut = new Set(options.optedOut.map(({ userId }) => userId));
  /** Of each the newest opt-out that is known here, undone or not: an opt-in comes after that one, and after no other. */
  const lastOptOut = new Map<string, number>();
  const know = ({ userId, atUnixMs }: OptOut) =>
    lastOptOut.set(userId, Math.max(atUnixMs, lastOptOut.get(userId) ?? 0));
  for (const one of options.optedOut) know(one);
  const listeners = new Set<(change: ConsentChange) => void>();
  const unsaved = new Map<string, ConsentChoice>();
  const refused = new WeakSet<ConsentChoice>();
  /** When a user last chose here, by the clock: what the store said before that is old. */
  const chosenAtMs = new Map<string, number>();
  const writer = new SteadyWriter({
    ...{ clock, outage: options.outage, everyMs: 0 },
    waiting: () => unsaved.size > 0,
    async write() {
      const [choice] = unsaved.values();
      if (!choice) return;
      const { userId } = choice;
      const stored = await options.save(choice);
      chosenAtMs.set(userId, clock.now());
      if (stored.optedOut) know({ userId, atUnixMs: stored.atUnixMs });
      const latest = unsaved.get(userId);
      if (latest === choice) {
        unsaved.delete(userId);
        if (stored.optedOut) refused.add(choice);
        apply(userId, stored.optedOut);
      } else if (latest && choice.optedOut) {
        // Chosen here while the opt-out was being stored.
        latest.afterOptOut = stored.atUnixMs;
      }
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
    const choice: ConsentChoice = {
      ...{ userId, optedOut: toOptedOut, atUnixMs: nowUnixMs() },
      afterOptOut: lastOptOut.get(userId) ?? null,
    };
    unsaved.set(userId, choice);
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
    if (!toOptedOut && refused.has(choice)) throw chosenElsewhere();
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
      for (const one of theirs) know(one);
      const now = new Set(theirs.map(({ userId }) => userId));
      for (const userId of new Set([...optedOut, ...now])) {
        const chosenSince = (chosenAtMs.get(userId) ?? Number.NEGATIVE_INFINITY) >= askedAtMs;
        if (!unsaved.has(userId) && !chosenSince) apply(userId, now.has(userId));
      }
    },
    close: async () => await writer.close(),
  };
}

const chosenElsewhere = (): ParleyError =>
  new ParleyError(
    'You have opted out in another place, which I did not know yet, so I still ignore your voice',
    {
      code: 'CONSENT_CHOSEN_ELSEWHERE',
      remedy: 'If you want to be heard, use the command once more.',
      retryable: true,
    },
  );
