/** Consent, settings of servers and what was used: the small tables, read as a whole by every process. */
import type { Usage } from '../money/usage.ts';
import type { Database } from './database.ts';
import type { GuildSetting, News, ServiceUsage } from './protocol.ts';

export async function readOptedOut({ db }: Database): Promise<string[]> {
  const rows = await db.selectFrom('consent').select('user_id').where('opted_out', '=', 1).execute();
  return rows.map(({ user_id }) => user_id);
}

/** @param writer whose own usage is left out. */
export async function readNews(database: Database, day: string, writer: string): Promise<News> {
  const { db } = database;
  const [optedOut, settings, usage] = await Promise.all([
    readOptedOut(database),
    db.selectFrom('guild_settings').selectAll().execute(),
    db.selectFrom('usage').selectAll().where('day', '=', day).where('writer', '<>', writer).execute(),
  ]);
  return {
    optedOut,
    settings: settings.map(({ guild_id, name, value }): GuildSetting => ({ guildId: guild_id, name, value })),
    usage: usage.map(
      ({ guild_id, service, used }): ServiceUsage => ({
        ...{ day, guildId: guild_id, service, used: JSON.parse(used) as Usage },
      }),
    ),
  };
}

/** The later choice holds, in whatever order the two arrive. */
export async function setConsent(
  { db }: Database,
  choice: { userId: string; optedOut: boolean; atUnixMs: number },
): Promise<void> {
  await db
    .insertInto('consent')
    .values({ user_id: choice.userId, opted_out: Number(choice.optedOut), at: choice.atUnixMs })
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet(({ ref }) => ({ opted_out: ref('excluded.opted_out'), at: ref('excluded.at') }))
        .whereRef('consent.at', '<=', 'excluded.at'),
    )
    .execute();
}

/** @param value null for none. */
export async function setSetting(
  { db }: Database,
  { guildId, name, value }: { guildId: string; name: string; value: string | null },
): Promise<void> {
  if (value === null) {
    await db.deleteFrom('guild_settings').where('guild_id', '=', guildId).where('name', '=', name).execute();
    return;
  }
  await db
    .insertInto('guild_settings')
    .values({ guild_id: guildId, name, value })
    .onConflict((conflict) => conflict.columns(['guild_id', 'name']).doUpdateSet({ value }))
    .execute();
}

/** Replaces what this writer had saved of the same day, server and service. */
export async function saveUsage({ db }: Database, writer: string, usage: ServiceUsage[]): Promise<void> {
  if (usage.length === 0) return;
  await db
    .insertInto('usage')
    .values(
      usage.map(({ day, guildId, service, used }) => ({
        ...{ day, guild_id: guildId, service, writer, used: JSON.stringify(used) },
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['day', 'guild_id', 'service', 'writer'])
        .doUpdateSet(({ ref }) => ({ used: ref('excluded.used') })),
    )
    .execute();
}
