/** Consent, settings of servers and what was used: the small tables, read as a whole by every process. */
import { sql } from 'kysely';
import type { Usage } from '../money/usage.ts';
import type { Database } from './database.ts';
import type { ConsentChoice, GuildSetting, News, OptOut, ServiceUsage, StoredConsent } from './protocol.ts';

export async function readOptedOut({ db }: Database): Promise<OptOut[]> {
  const rows = await db.selectFrom('consent').select(['user_id', 'at']).where('opted_out', '=', 1).execute();
  return rows.map(({ user_id, at }) => ({ userId: user_id, atUnixMs: at }));
}

/** Which of these people opted out. */
export async function optedOutOf(db: Database['db'], userIds: Iterable<string>): Promise<Set<string>> {
  const rows = await db
    .selectFrom('consent')
    .select('user_id')
    .where('opted_out', '=', 1)
    .where('user_id', 'in', [...new Set(userIds)])
    .execute();
  return new Set(rows.map(({ user_id }) => user_id));
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

/**
 * An opt-out holds always; an opt-in only over the opt-out that it is known to come after. Times do not decide: the
 * clocks of two machines differ, and a choice may have waited for the store. Resolves with what holds afterwards.
 */
export async function setConsent({ db }: Database, choice: ConsentChoice): Promise<StoredConsent> {
  const optedOut = Number(choice.optedOut);
  const stored = await db
    .insertInto('consent')
    .values({ user_id: choice.userId, opted_out: optedOut, at: Math.round(choice.atUnixMs) })
    .onConflict((conflict) => {
      const set = conflict.column('user_id').doUpdateSet({ opted_out: optedOut, at: LATER });
      if (choice.optedOut) return set;
      return set.where(({ or, eb }) =>
        or([eb('consent.opted_out', '=', 0), eb('consent.at', '<=', choice.afterOptOut ?? -1)]),
      );
    })
    .returning(['opted_out', 'at'])
    .executeTakeFirst();
  const { opted_out, at } = stored ?? (await consentOf(db, choice.userId));
  return { optedOut: opted_out === 1, atUnixMs: at };
}

/** The time of the choice, or just after the stored one where that is not earlier. */
const LATER = sql<number>`case when excluded.at > consent.at then excluded.at else consent.at + 1 end`;

const consentOf = async (db: Database['db'], userId: string) =>
  await db
    .selectFrom('consent')
    .select(['opted_out', 'at'])
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();

/** Out of a list without times: whoever has chosen since is passed over. */
export async function takeOverOptOuts({ db }: Database, userIds: readonly string[]): Promise<void> {
  for (const user_id of userIds) {
    await db
      .insertInto('consent')
      .values({ user_id, opted_out: 1, at: 0 })
      .onConflict((conflict) => conflict.column('user_id').doNothing())
      .execute();
  }
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
