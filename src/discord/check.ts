/** Whether Discord lets the agent in, and what it may do in each of its servers. */
import { connectClient, type DiscordClientOptions, inviteLink } from './client.ts';
import { NEEDED_PERMISSIONS, type NeededPermission } from './permissions.ts';

export interface DiscordCheck {
  /** The agent's account. */
  name: string;
  inviteLink: string;
  /** What is missing by the roles of the agent; channels may still forbid more. */
  servers: readonly { id: string; name: string; missing: readonly NeededPermission[] }[];
}

/** Logs in and out again. Rejects with a ParleyError when the token or what it asks for is refused. */
export async function checkDiscord(options: DiscordClientOptions): Promise<DiscordCheck> {
  const client = await connectClient(options);
  try {
    const needed = Object.keys(NEEDED_PERMISSIONS) as NeededPermission[];
    const servers = client.guilds.cache.map((guild) => {
      const { me } = guild.members;
      const missing = needed.filter((name) => !me?.permissions.has(NEEDED_PERMISSIONS[name]));
      return { id: guild.id, name: guild.name, missing };
    });
    return { name: client.user.username, inviteLink: inviteLink(client), servers };
  } finally {
    await client.destroy();
  }
}
