/** A store without a worker and a database, for tests that are about something else: it outlives the program that uses it. */
import type { LearnedRhythm } from '../../src/conversation/ports.ts';
import { recordsInMemory } from '../../src/latency/records-in-memory.ts';
import { createTurnLog } from '../../src/latency/turn-log.ts';
import type { DaySpend } from '../../src/money/ledger.ts';
import { createConsent } from '../../src/store/consent.ts';
import { createGuildSettings } from '../../src/store/guild-settings.ts';
import { Outage } from '../../src/store/outage.ts';
import type { Store, StoreOptions } from '../../src/store/store.ts';

/** What opens it, in place of `openStore`. */
export function memoryStore(): (options: StoreOptions) => Promise<Store> {
  const optedOut = new Set<string>();
  const listed = () => [...optedOut].map((userId) => ({ userId, atUnixMs: 0 }));
  const rhythms = new Map<string, LearnedRhythm>();
  const turns = createTurnLog();
  let spent: DaySpend | null = null;
  return async ({ clock, log, nowUnixMs }) => ({
    consent: createConsent({
      ...{ clock, log, nowUnixMs, outage: new Outage(log), optedOut: listed() },
      save: async (choice) => {
        if (choice.optedOut) optedOut.add(choice.userId);
        else optedOut.delete(choice.userId);
        return choice;
      },
    }),
    rhythms: {
      of: async (userId) => rhythms.get(userId) ?? null,
      learned: (id, rhythm) => void rhythms.set(id, rhythm),
    },
    settings: createGuildSettings({ clock, settings: [], save: async () => {} }),
    records: recordsInMemory(turns),
    addTurn: turns.add,
    earlier: spent ?? { day: '', guilds: {} },
    saveSpend: (spend) => {
      spent = structuredClone(spend);
    },
    onOthersSpend: () => () => {},
    problem: async () => null,
    close: async () => {},
  });
}
