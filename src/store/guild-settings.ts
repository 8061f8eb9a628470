/** What servers have set for themselves: known in memory, kept in the store across restarts and machines. */
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError } from '../base/errors.ts';
import type { GuildSetting } from './protocol.ts';

export interface GuildSettings {
  /** Null when the server has not set it. */
  get(guildId: string, name: string): string | null;
  /**
   * Null for what the program is configured to. Holds once it is stored; rejects with a ParleyError
   * (`SETTING_NOT_SAVED`), written for the user, when it could not be in time: then all stays as it was.
   */
  set(guildId: string, name: string, value: string | null): Promise<void>;
}

export interface SharedGuildSettings extends GuildSettings {
  /** Takes over what the store says by now. @param askedAtMs by the clock. */
  learn(settings: readonly GuildSetting[], askedAtMs: number): void;
}

export interface GuildSettingsOptions {
  clock: Clock;
  /** By the store, when it was opened. */
  settings: readonly GuildSetting[];
  save(setting: { guildId: string; name: string; value: string | null }): Promise<unknown>;
}

/** Discord gives 3 s for the whole answer. */
const SAVE_WITHIN_MS = 2_000;

export function createGuildSettings({ clock, settings, save }: GuildSettingsOptions): SharedGuildSettings {
  const keyOf = (guildId: string, name: string): string => `${guildId} ${name}`;
  const listed = (all: readonly GuildSetting[]) =>
    new Map(all.map(({ guildId, name, value }) => [keyOf(guildId, name), value]));
  let known = listed(settings);
  let setAtMs = Number.NEGATIVE_INFINITY;
  return {
    get: (guildId, name) => known.get(keyOf(guildId, name)) ?? null,
    async set(guildId, name, value) {
      const remedy =
        'Try again in a minute; if it stays, the person who runs me finds the reason in the log.';
      const deadline = { clock, afterMs: SAVE_WITHIN_MS, what: 'saving a setting', remedy };
      await withDeadline(deadline, async () => await save({ guildId, name, value })).catch(
        (cause: unknown) => {
          const message = 'I could not save this, so all stays as it was';
          throw new ParleyError(message, { code: 'SETTING_NOT_SAVED', remedy, retryable: true, cause });
        },
      );
      setAtMs = clock.now();
      if (value === null) known.delete(keyOf(guildId, name));
      else known.set(keyOf(guildId, name), value);
    },
    learn(theirs, askedAtMs) {
      // What was asked before the last change here may not hold it yet.
      if (askedAtMs > setAtMs) known = listed(theirs);
    },
  };
}
