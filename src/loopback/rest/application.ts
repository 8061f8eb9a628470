/** The routes about the bot itself: where the gateway is, who the bot is. */
import type { Guild } from '../guild/guild.ts';
import type { Router } from './http.ts';

const GATEWAY_LIMIT = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 };

export function applicationRoutes(guild: Guild, applicationId: string, gatewayUrl: () => string): Router {
  return ({ method, path }) => {
    if (method !== 'GET') return null;
    switch (path.join('/')) {
      case 'gateway':
        return { status: 200, body: { url: gatewayUrl() } };
      case 'gateway/bot':
        return {
          status: 200,
          body: { url: gatewayUrl(), shards: 1, session_start_limit: GATEWAY_LIMIT },
        };
      case 'users/@me':
        return { status: 200, body: { ...guild.userJson(guild.bot), verified: true, email: null } };
      case 'applications/@me':
      case 'oauth2/applications/@me':
        return {
          status: 200,
          body: {
            id: applicationId,
            name: guild.bot.name,
            icon: null,
            description: '',
            bot_public: false,
            bot_require_code_grant: false,
            verify_key: '0'.repeat(64),
            flags: 0,
            team: null,
            owner: guild.userJson(guild.owner),
            bot: guild.userJson(guild.bot),
            approximate_guild_count: 1,
          },
        };
      default:
        return null;
    }
  };
}
