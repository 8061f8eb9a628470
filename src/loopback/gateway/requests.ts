/** What the gateway answers to a client that asks: members by name or id, and what voice channels say of themselves. */
import { CHANNEL_TYPE, type Guild } from '../guild/guild.ts';
import { memberJson } from '../guild/json.ts';

type Json = Record<string, unknown>;

const MAX_MEMBERS = 100;

/** GUILD_MEMBERS_CHUNK, answering op 8: up to 100 members by id, or by the beginning of their name. */
export function memberChunks(guild: Guild, { user_ids: ids, query, limit, nonce }: Json): Json {
  const members = [...guild.members.values()];
  const wanted = Array.isArray(ids) ? ids.map(String) : typeof ids === 'string' ? [ids] : null;
  // The whole list (an empty query) is for those with the members intent alone, which is not granted here.
  const named = typeof query === 'string' && query !== '' ? query.toLowerCase() : null;
  const found = members
    .filter(
      ({ user }) =>
        wanted?.includes(user.id) ?? (named !== null && user.name.toLowerCase().startsWith(named)),
    )
    .slice(0, wanted ? MAX_MEMBERS : Math.min(MAX_MEMBERS, Number(limit) || MAX_MEMBERS));
  return {
    guild_id: guild.id,
    members: found.map(memberJson),
    chunk_index: 0,
    chunk_count: 1,
    ...(wanted ? { not_found: wanted.filter((id) => !guild.members.has(id)) } : {}),
    ...(typeof nonce === 'string' ? { nonce } : {}),
  };
}

/** CHANNEL_INFO, answering op 43. */
export function channelInfo(guild: Guild): Json {
  const voice = [...guild.channels.values()].filter(({ type }) => type !== CHANNEL_TYPE.text);
  return { guild_id: guild.id, channels: voice.map(({ id, status }) => ({ id, status })) };
}
