/** The agent's Discord account: login, slash commands, the servers it is in. */
import {
  Client,
  Events,
  GatewayCloseCodes,
  GatewayIntentBits,
  type Guild,
  OAuth2Routes,
  OAuth2Scopes,
  PermissionsBitField,
  Status,
} from 'discord.js';
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { ParleyError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Command } from './command.ts';
import { GuardedShards } from './gateway-guard.ts';
import { NEEDED_PERMISSIONS } from './permissions.ts';

export interface DiscordClientOptions {
  token: string;
  /** Null for Discord's own. */
  apiUrl: string | null;
  clock: Clock;
  log: Log;
  /** Discord ended the connection and is not to be called again: the token was changed, for one. */
  onGone?(error: ParleyError): void;
}

const LOGIN_DEADLINE_MS = 30_000;
/** A rate limit is waited for by the library, without an end of its own. */
const REGISTER_DEADLINE_MS = 60_000;
const TOKEN_REMEDY =
  'Copy the token from the Discord Developer Portal (your application, Bot, Reset Token) into DISCORD_TOKEN.';

/** Logged in and ready: every server is known. Rejects with a ParleyError. */
export async function connectClient(options: DiscordClientOptions): Promise<Client<true>> {
  const { token, apiUrl, clock, log, onGone } = options;
  let broken = 0;
  const onBroken = (shardId: number, error: unknown) => {
    broken += 1;
    log.error({ shardId, broken, err: error }, 'message of the Discord gateway could not be handled');
  };
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates],
    allowedMentions: { parse: [] },
    ws: { buildStrategy: (manager) => new GuardedShards(manager, onBroken) },
    ...(apiUrl === null ? {} : { rest: { api: apiUrl } }),
  });
  client.on(Events.Error, (error) => log.error({ err: error }, 'Discord client error'));
  client.on(Events.ShardError, (error, shardId) =>
    log.warn({ shardId, err: error }, 'Discord gateway error'),
  );
  client.on(Events.ShardDisconnect, ({ code: closeCode }, shardId) => {
    log.error({ shardId, closeCode }, 'Discord gateway closed for good');
    onGone?.(goneError(closeCode));
  });
  client.on(Events.ShardReconnecting, (shardId) => log.warn({ shardId }, 'Discord gateway reconnecting'));
  const what = 'logging in to Discord';
  const remedy = 'Check the network and https://discordstatus.com, then start again.';
  try {
    return await withDeadline(
      { clock, afterMs: LOGIN_DEADLINE_MS, what, remedy, code: 'LOGIN_TIMEOUT' },
      () => login(client, token),
    );
  } catch (error) {
    await client.destroy();
    throw loginError(error);
  }
}

async function login(client: Client, token: string): Promise<Client<true>> {
  const ready = new Promise<Client<true>>((resolve) => client.once(Events.ClientReady, resolve));
  await client.login(token);
  return await ready;
}

function goneError(closeCode: number): ParleyError {
  if (closeCode === GatewayCloseCodes.AuthenticationFailed) return tokenRefused();
  return new ParleyError(`Discord ended the connection for good (close code ${closeCode})`, {
    code: 'GATEWAY_GONE',
    remedy:
      'Look the code up in the Discord documentation under "Gateway Close Event Codes", then start again.',
  });
}

const tokenRefused = (cause?: unknown): ParleyError =>
  new ParleyError('Discord does not accept the token', {
    code: 'TOKEN_INVALID',
    remedy: TOKEN_REMEDY,
    cause,
  });

function loginError(error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  const code = error instanceof Error ? String(Reflect.get(error, 'code') ?? '') : '';
  const status = error instanceof Error ? Reflect.get(error, 'status') : undefined;
  if (code === 'TokenInvalid' || status === 401) return tokenRefused(error);
  const message = error instanceof Error ? error.message : String(error);
  return new ParleyError(`Discord could not be reached: ${message}`, {
    code: 'LOGIN_FAILED',
    remedy: 'Check the network, DISCORD_API_URL and https://discordstatus.com, then start again.',
    retryable: true,
    cause: error,
  });
}

/** Tells Discord which slash commands there are. Rejects with a ParleyError, or with the reason of `signal`. */
export async function registerCommands(
  client: Client<true>,
  commands: readonly Command[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const what = 'registering the slash commands';
  const remedy = 'Discord is slow or limits this bot: wait some minutes, then start again.';
  const deadline = { clock, afterMs: REGISTER_DEADLINE_MS, what, remedy, code: 'COMMANDS_TIMEOUT', signal };
  try {
    await withDeadline(deadline, () => client.application.commands.set(commands.map(({ data }) => data)));
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    throw new ParleyError('Discord did not accept the slash commands', {
      code: 'COMMANDS_REFUSED',
      remedy:
        'Invite the agent with the link that it prints at start: it needs the scope applications.commands.',
      retryable: true,
      cause: error,
    });
  }
}

/** The link with which an admin adds the agent to a server, with exactly the permissions it needs. */
export function inviteLink(client: Client<true>): string {
  // Not `client.generateInvite`, whose link leads to the configured API address: people need Discord itself.
  const link = new URL(OAuth2Routes.authorizationURL);
  link.searchParams.set('client_id', client.application.id);
  link.searchParams.set('scope', [OAuth2Scopes.Bot, OAuth2Scopes.ApplicationsCommands].join(' '));
  const permissions = PermissionsBitField.resolve(Object.values(NEEDED_PERMISSIONS));
  link.searchParams.set('permissions', String(permissions));
  return link.href;
}

/** Whether Discord's gateway, through which channels are joined, serves that server now. */
export const isOnline = (guild: Guild): boolean => guild.shard.status === Status.Ready;

/** Whether every part of Discord's gateway that this program talks to serves it now. */
export const isConnected = (client: Client): boolean =>
  client.ws.shards.every(({ status }) => status === Status.Ready);

/** Called when a lost session at the gateway was replaced, its servers known; returns the unsubscribe function. */
export function onNewSession(client: Client<true>, listener: () => void): () => void {
  client.on(Events.ShardReady, listener);
  return () => client.off(Events.ShardReady, listener);
}

/** Bots are never listened to, and do not count as company. */
export const isBot = (guild: Guild, userId: string): boolean =>
  guild.members.cache.get(userId)?.user.bot ?? false;

/** The name a person goes by in that server. */
export const displayName = (guild: Guild, userId: string): string =>
  guild.members.cache.get(userId)?.displayName ?? 'Somebody';
