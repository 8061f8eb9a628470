/** What was spent today, saved within a second: without it a restart, or a second machine, would lift the daily limit. */
import type { Clock } from '../base/clock.ts';
import type { DaySpend } from '../money/ledger.ts';
import { addUsage } from '../money/usage.ts';
import type { Outage } from './outage.ts';
import type { ServiceUsage } from './protocol.ts';
import { SteadyWriter } from './steady-writer.ts';

/** So much at most is forgotten in a crash; a write for each frame of audio would be too many. */
const SAVE_EVERY_MS = 1_000;

export interface SpendSaver {
  /** All that this process has used on that day. Saved within a second; never throws. */
  save(spend: DaySpend): void;
  /** Rejects with a ParleyError when the last could not be saved. */
  close(): Promise<void>;
}

export interface SpendSaverOptions {
  clock: Clock;
  outage: Outage;
  write(usage: ServiceUsage[]): Promise<unknown>;
}

export function createSpendSaver({ clock, outage, write }: SpendSaverOptions): SpendSaver {
  let unsaved: DaySpend | null = null;
  const writer = new SteadyWriter({
    ...{ clock, outage, everyMs: SAVE_EVERY_MS },
    waiting: () => unsaved !== null,
    async write() {
      const spend = unsaved;
      unsaved = null;
      if (!spend) return;
      try {
        await write(listed(spend));
      } catch (error) {
        unsaved ??= spend;
        throw error;
      }
    },
  });
  return {
    save(spend) {
      unsaved = spend;
      writer.wake();
    },
    close: async () => await writer.close(),
  };
}

function listed({ day, guilds }: DaySpend): ServiceUsage[] {
  return Object.entries(guilds).flatMap(([guildId, services]) =>
    Object.entries(services).map(([service, used]) => ({ day, guildId, service, used })),
  );
}

/** The usage of one day, added up over all who wrote it. */
export function spendOf(day: string, usage: readonly ServiceUsage[]): DaySpend {
  const guilds: DaySpend['guilds'] = {};
  for (const { guildId, service, used } of usage) {
    const guild = guilds[guildId] ?? {};
    guilds[guildId] = guild;
    guild[service] = guild[service] ? addUsage(guild[service], used) : used;
  }
  return { day, guilds };
}
