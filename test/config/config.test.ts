/** Settings are read, defaulted and refused as their table says. */
import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../src/base/errors.ts';
import { loadConfig } from '../../src/config/config.ts';
import { type SettingName, settings } from '../../src/config/settings.ts';
import { embeddedChoice } from '../../src/providers/choice.ts';

const token = 'MTAwMDAwMDAwMDAwMDAwMDAx.x.y-secret';

/** What `loadConfig` throws for `env`. */
function refusal(env: Record<string, string | undefined>): ParleyError {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ParleyError) return error;
    throw error;
  }
  throw new Error('loadConfig accepted the settings');
}

describe('loadConfig', () => {
  it('needs only a token and defaults the rest', () => {
    expect(loadConfig({ DISCORD_TOKEN: token })).toEqual({
      discord: { token, apiUrl: null },
      telemetry: { http: null, traces: null, metrics: null, notes: [] },
      allowedGuilds: [],
      whenMoved: 'follow',
      persona: 'assistant',
      agentNames: ['parley'],
      addressing: 'auto',
      speculation: 'llm+tts',
      providers: embeddedChoice('rms'),
      keyed: [],
      budgetMs: 500,
      store: { dataDir: '.data', databaseUrl: null, turnRetentionDays: 30 },
      eventLogDir: null,
      pricesFile: null,
      dailyCapUsd: null,
      logLevel: 'info',
      logSpeech: false,
    });
  });

  it('takes every setting as given', () => {
    const config = loadConfig({
      DISCORD_TOKEN: ` ${token} `,
      DISCORD_API_URL: 'http://127.0.0.1:4000/api/',
      ALLOWED_GUILDS: '1, 222,,333 ',
      WHEN_MOVED: 'leave',
      PERSONA: 'smart-home',
      AGENT_NAMES: 'Computer, Jeeves',
      ADDRESSING: 'always',
      SPECULATION: 'llm',
      VOICE: 'kal16',
      BUDGET_MS: '800',
      DATA_DIR: '/var/lib/parley',
      DATABASE_URL: 'postgres://parley:pw@127.0.0.1/parley',
      TURN_RETENTION_DAYS: '90',
      EVENT_LOG_DIR: '/var/lib/parley/events',
      PRICES_FILE: '/etc/parley/prices.json',
      DAILY_CAP_USD: '1.50',
      LOG_LEVEL: 'debug',
      LOG_SPEECH: 'Yes',
    });
    expect(config).toMatchObject({
      discord: { token, apiUrl: 'http://127.0.0.1:4000/api' },
      allowedGuilds: ['1', '222', '333'],
      whenMoved: 'leave',
      persona: 'smart-home',
      agentNames: ['Computer', 'Jeeves'],
      addressing: 'always',
      speculation: 'llm',
      providers: embeddedChoice('kal16'),
      budgetMs: 800,
      store: {
        dataDir: '/var/lib/parley',
        databaseUrl: 'postgres://parley:pw@127.0.0.1/parley',
        turnRetentionDays: 90,
      },
      eventLogDir: '/var/lib/parley/events',
      pricesFile: '/etc/parley/prices.json',
      dailyCapUsd: 1.5,
      logLevel: 'debug',
      logSpeech: true,
    });
  });

  it('treats a blank setting as absent', () => {
    expect(loadConfig({ DISCORD_TOKEN: token, PERSONA: '', BUDGET_MS: '  ' })).toMatchObject({
      persona: 'assistant',
      budgetMs: 500,
    });
  });

  it('reports every wrong setting at once, each with its remedy', () => {
    const wrong = {
      DISCORD_API_URL: 'discord',
      ALLOWED_GUILDS: '123,my server',
      WHEN_MOVED: 'wander',
      PERSONA: 'pirate',
      AGENT_NAMES: ',',
      ADDRESSING: 'never',
      SPECULATION: 'on',
      STT: 'cloud',
      LLM: 'cloud',
      TTS: 'cloud',
      VOICE: 'alto',
      ELEVENLABS_API_KEY: 'too long a key to hold spaces',
      LLM_BASE_URL: 'http://127.0.0.1:1,ftp://example.com',
      LLM_AUTH: 'password',
      LLM_MODEL: 'the best one',
      ELEVENLABS_REGION: 'moon',
      BUDGET_MS: '0.5s',
      DAILY_CAP_USD: '0',
      DATABASE_URL: 'mysql://root:secret-word@localhost/parley',
      TURN_RETENTION_DAYS: 'for ever',
      LOG_LEVEL: 'loud',
      LOG_SPEECH: 'perhaps',
    };
    const error = refusal(wrong);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(/^23 settings are wrong:/);
    for (const name of ['DISCORD_TOKEN', ...Object.keys(wrong)] as SettingName[]) {
      const lines = error.message.split('\n').filter((line) => line.startsWith(`  - ${name} `));
      expect(lines, name).toHaveLength(1);
      expect(lines[0]).toContain(settings[name].remedy);
    }
  });

  it.each([
    ['DISCORD_TOKEN', undefined, /is missing/],
    ['DISCORD_TOKEN', 'not a token', /does not look like a bot token/],
    ['DISCORD_TOKEN', `Bot ${token}`, /does not look like a bot token/],
    ['DISCORD_API_URL', 'ftp://discord.com', /must be an address/],
    ['ALLOWED_GUILDS', '12,my-server', /entry 2 is not one/],
    ['BUDGET_MS', '49', /from 50 to 10000/],
    ['TURN_RETENTION_DAYS', '0', /whole number of days from 1 to 3650/],
    ['DATABASE_URL', 'postgres://localhost', /name of a database/],
    ['DATABASE_URL', 'postgres://localhost/', /name of a database/],
    ['BUDGET_MS', '10001', /from 50 to 10000/],
    ['BUDGET_MS', '-500', /whole number/],
    ['PERSONA', 'Assistant', /must be one of: assistant, customer-service/],
  ])('refuses %s=%s', (name, text, message) => {
    const error = refusal({ DISCORD_TOKEN: token, [name]: text });
    expect(error.message).toMatch(/^One setting is wrong:/);
    expect(error.message).toMatch(message);
  });

  it('never repeats what was given, since a secret may stand in the wrong place', () => {
    const secret = 'hunter2-secret';
    const env = Object.fromEntries(Object.keys(settings).map((name) => [name, secret]));
    const error = refusal({ ...env, DISCORD_API_URL: `ftp://user:${secret}@host` });
    expect(`${error.message} ${error.remedy} ${error.stack}`).not.toContain(secret);
  });
});
