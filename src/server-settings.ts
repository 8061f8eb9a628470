/** What a server may set for itself, over the program's own configuration. */
import { ParleyError } from './base/errors.ts';
import type { Config } from './config/config.ts';
import { serverChoices } from './config/settings.ts';
import type { CommandSettings } from './discord/command.ts';
import type { GuildSettings } from './store/guild-settings.ts';

/** What a room is opened with. */
export type RoomSettings = Pick<Config, 'persona' | 'addressing' | 'speculation'>;

type Name = keyof RoomSettings;
const NAMES = Object.keys(serverChoices) as Name[];

export interface ServerSettings extends CommandSettings {
  of(guildId: string): RoomSettings;
}

export function createServerSettings(config: RoomSettings, stored: GuildSettings): ServerSettings {
  /** Null when the server has set none, or one that this version does not know. */
  const own = <N extends Name>(guildId: string, name: N): RoomSettings[N] | null => {
    const value = stored.get(guildId, name);
    const choices: readonly string[] = serverChoices[name].values;
    return value !== null && choices.includes(value) ? (value as RoomSettings[N]) : null;
  };
  const inForce = <N extends Name>(guildId: string, name: N): RoomSettings[N] =>
    own(guildId, name) ?? config[name];
  return {
    of: (guildId) => ({
      persona: inForce(guildId, 'persona'),
      addressing: inForce(guildId, 'addressing'),
      speculation: inForce(guildId, 'speculation'),
    }),
    list: (guildId) =>
      NAMES.map((name) => ({
        ...{ name, what: serverChoices[name].what, value: inForce(guildId, name) },
        ...{ own: own(guildId, name) !== null, choices: serverChoices[name].values },
      })),
    async set(guildId, given, value) {
      const name = known(given);
      const choices: readonly string[] = serverChoices[name].values;
      if (!choices.includes(value)) {
        throw new ParleyError(`${name} cannot be "${value.slice(0, 40)}"`, {
          code: 'SETTING_UNKNOWN',
          remedy: `Choose one of: ${choices.join(', ')}.`,
        });
      }
      await stored.set(guildId, name, value);
    },
    async reset(guildId, given) {
      const names = given === null ? NAMES : [known(given)];
      for (const name of names) await stored.set(guildId, name, null);
    },
  };
}

function known(given: string): Name {
  const name = NAMES.find((one) => one === given);
  if (name !== undefined) return name;
  throw new ParleyError('There is no such setting', {
    code: 'SETTING_UNKNOWN',
    remedy: `Choose one of: ${NAMES.join(', ')}.`,
  });
}
