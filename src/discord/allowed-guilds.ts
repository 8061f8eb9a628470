/** Servers that the operator lets the agent be used in. */
import { ParleyError } from '../base/errors.ts';

/** Null where it may be used, which includes direct messages. @param allowed empty for every server. */
export function guildRefusal(guildId: string | null, allowed: readonly string[]): ParleyError | null {
  if (guildId === null || allowed.length === 0 || allowed.includes(guildId)) return null;
  return new ParleyError('I am not allowed to talk in this server', {
    code: 'GUILD_NOT_ALLOWED',
    remedy: 'Ask the person who runs me to add this server to ALLOWED_GUILDS.',
  });
}
