/** The routes about the bot itself: where the gateway is, who the bot is. */
import type { IdentifyLimit } from '../gateway/identify-limit.ts';
import { userJson } from '../guild/json.ts';
import type { World } from '../guild/world.ts';
import type { Router } from './http.ts';
import { RestError } from './refusals.ts';

export interface ApplicationRoutesOptions {
  world: World;
  applicationId: string;
  identifyLimit: IdentifyLimit;
  gatewayUrl(): string;
  /** The bot leaves a guild of its own accord. */
  leaveGuild(guildId: string): void;
}

export function applicationRoutes(options: ApplicationRoutesOptions): Router {
  const { world, applicationId, identifyLimit, gatewayUrl, leaveGuild } = options;
  return ({ method, path }) => {
    const own = path[0] === 'users' && path[1] === '@me' && path[2] === 'guilds' ? path[3] : undefined;
    if (method === 'DELETE' && own !== undefined) {
      if (!world.guilds.has(own)) throw new RestError(404, 10004, 'Unknown Guild');
      leaveGuild(own);
      return { status: 204 };
    }
    if (method !== 'GET') return null;
    switch (path.join('/')) {
      case 'gateway':
        return { status: 200, body: { url: gatewayUrl() } };
      case 'gateway/bot':
        return {
          status: 200,
          body: { url: gatewayUrl(), shards: 1, session_start_limit: identifyLimit.json() },
        };
      case 'users/@me':
        return { status: 200, body: { ...userJson(world.bot), verified: true, email: null } };
      case 'users/@me/guilds':
        return {
          status: 200,
          body: [...world.guilds.values()].map(({ id, name }) => ({ id, name, owner: false })),
        };
      case 'applications/@me':
      case 'oauth2/applications/@me':
        return {
          status: 200,
          body: {
            id: applicationId,
            name: world.bot.name,
            icon: null,
            description: '',
            bot_public: false,
            bot_require_code_grant: false,
            verify_key: '0'.repeat(64),
            flags: 0,
            team: null,
            bot: userJson(world.bot),
            approximate_guild_count: world.guilds.size,
          },
        };
      default:
        return null;
    }
  };
}
